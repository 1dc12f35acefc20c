import { type ContextKey, createContextKey, type Interceptor } from "@connectrpc/connect";
import {
  type Attributes,
  type Context,
  context,
  type Histogram,
  type Meter,
  metrics,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace as traceApi,
} from "@opentelemetry/api";
import type { Random } from "../../core/clock.ts";
import { type CallScope, currentCall, runInCall } from "../call-scope.ts";
import { toConnectError } from "../error-code.ts";
import { codeName } from "./code-name.ts";
import { rpcName } from "./rpc-name.ts";
import { activeTrace, parentContext, startTrace } from "./trace-context.ts";
import type { RpcRequest, RpcResponse } from "./watch-call.ts";
import { watchStream } from "./watch-stream.ts";

/** Where spans and durations go. */
export interface TelemetryOptions {
  /** Default: the globally registered one, which does nothing unless the service exports traces. */
  readonly tracer?: Tracer | undefined;
  /** Default: the globally registered one, which does nothing unless the service exports metrics. */
  readonly meter?: Meter | undefined;
  /** Draws ids of traces that begin here. Default `Math.random`. */
  readonly random?: Random | undefined;
}

/** Where the parent of a call's attempts is kept. */
const parentKey: ContextKey<Context | undefined> = createContextKey<Context | undefined>(undefined, {
  description: "the trace that a call belongs to",
});

/** Boundaries of the convention, in seconds (https://opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics/). */
const durationBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/**
 * Makes a span and a measured duration of every call, by the conventions for RPC
 * (https://opentelemetry.io/docs/specs/semconv/rpc/). A server continues the trace that the call brought or begins one; a
 * client hands on the trace of the call that it is made in. Nothing of what is sent is recorded.
 */
export function createTelemetryInterceptor(side: "client" | "server", options: TelemetryOptions = {}): Interceptor {
  const { random = Math.random } = options;
  const tracer = options.tracer ?? traceApi.getTracer("@concord/sdk");
  const durations = createDurations(side, options.meter);
  const kind = side === "server" ? SpanKind.SERVER : SpanKind.CLIENT;
  return (next) => async (request) => {
    const started = performance.now();
    const attributes = attributesOf(request);
    const parent = side === "server" ? parentContext(request.header) : parentOf(request);
    const span = tracer.startSpan(rpcName(request.method), { kind, attributes }, parent);
    const active = activeTrace(span) ?? startTrace(random);
    const scope: CallScope = side === "server" ? active : { ...currentCall(), ...active };
    if (side === "client") writeTrace(request.header, active);
    const within = <Result>(run: () => Result) =>
      span.isRecording()
        ? context.with(traceApi.setSpan(context.active(), span), () => runInCall(scope, run))
        : runInCall(scope, run);
    const end = (error: unknown) => {
      durations.record((performance.now() - started) / 1000, endSpan(span, attributes, error));
    };
    return finish(within, () => next(request), end);
  };
}

type Within = <Result>(run: () => Result) => Result;

async function finish(
  within: Within,
  run: () => Promise<RpcResponse>,
  end: (error: unknown) => void,
): Promise<RpcResponse> {
  try {
    const response = await within(run);
    if (response.stream) return { ...response, message: watchStream(response.message, { step: within, end }) };
    end(undefined);
    return response;
  } catch (error) {
    end(error);
    throw error;
  }
}

function createDurations(side: "client" | "server", meter: Meter | undefined): Histogram {
  const own = meter ?? metrics.getMeter("@concord/sdk");
  return own.createHistogram(`rpc.${side}.call.duration`, {
    unit: "s",
    description: `Duration of calls, by the ${side}`,
    advice: { explicitBucketBoundaries: durationBoundaries },
  });
}

function attributesOf({ method, header }: RpcRequest): Attributes {
  const isGrpc = header.get("content-type")?.startsWith("application/grpc") ?? false;
  return { "rpc.system.name": isGrpc ? "grpc" : "connectrpc", "rpc.method": rpcName(method) };
}

/** A code, never the message: foreign errors quote payloads (trap T28). */
function endSpan(span: Span, attributes: Attributes, thrown: unknown): Attributes {
  if (thrown === undefined) {
    span.end();
    return attributes;
  }
  const name = codeName(toConnectError(thrown).code);
  const status = attributes["rpc.system.name"] === "grpc" ? name.toUpperCase() : name;
  const outcome = { "rpc.response.status_code": status, "error.type": status };
  if (span.isRecording()) {
    span.setAttributes(outcome);
    span.setStatus({ code: SpanStatusCode.ERROR, message: status });
  }
  span.end();
  return { ...attributes, ...outcome };
}

/**
 * What a call that is made belongs to: the trace that it was given by hand, else the one that is active. Attempts of one
 * call share their values and with them their parent, so that they stand beside each other.
 */
function parentOf({ header, contextValues }: RpcRequest): Context {
  const parent = contextValues.get(parentKey) ?? (header.has("traceparent") ? parentContext(header) : parentOfCall());
  contextValues.set(parentKey, parent);
  return parent;
}

/** OpenTelemetry's active span where there is one, else the trace of the call that this one is made in. */
function parentOfCall(): Context {
  const active = context.active();
  if (traceApi.getSpan(active) !== undefined) return active;
  const call = currentCall();
  return parentContext({
    get: (name) => (name === "traceparent" ? call?.traceparent : call?.tracestate) ?? null,
  });
}

function writeTrace(header: Headers, { traceparent, tracestate }: CallScope): void {
  if (traceparent !== undefined) header.set("traceparent", traceparent);
  if (tracestate !== undefined) header.set("tracestate", tracestate);
}
