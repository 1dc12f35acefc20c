import { AsyncLocalStorage } from "node:async_hooks";
import type { Interceptor } from "@connectrpc/connect";
import { context, isSpanContextValid, trace } from "@opentelemetry/api";
import type { Random } from "../core/clock.ts";
import type { LogFields } from "../core/log.ts";
import type { TraceContext } from "../core/prepare-event.ts";
import { formatTraceparent, newTraceparent, parseTraceparent } from "../core/traceparent.ts";

/** Carries the trace of a call to what it publishes. One per service, so that services in one process stay apart. */
export interface TraceScope {
  /** Runs a function within a trace; without one a trace that OpenTelemetry knows still counts. */
  run<Result>(trace: TraceContext | undefined, run: () => Result): Result;
  /** The trace that is active now: OpenTelemetry's span where there is one, else that of `run`. */
  current(): TraceContext | undefined;
}

/** Makes a scope (https://www.w3.org/TR/trace-context/). */
export function createTraceScope(): TraceScope {
  const storage = new AsyncLocalStorage<TraceContext | undefined>();
  return {
    run: (active, run) => storage.run(active, run),
    current: () => currentSpan() ?? storage.getStore(),
  };
}

/** Runs every call within the trace that it brought, or within a new one. */
export function createTraceInterceptor(scope: TraceScope, random: Random): Interceptor {
  return (next) => (request) => {
    const given = parseTraceparent(request.header.get("traceparent") ?? undefined);
    return scope.run({ traceparent: formatTraceparent(given ?? newTraceparent(random)) }, () => next(request));
  };
}

/** The id of the active trace, for log lines; nothing outside of a trace. */
export function traceFields(scope: TraceScope): LogFields {
  const active = parseTraceparent(scope.current()?.traceparent);
  return active ? { traceId: active.traceId } : {};
}

function currentSpan(): TraceContext | undefined {
  const span = trace.getSpanContext(context.active());
  if (!span || !isSpanContextValid(span)) return undefined;
  const flags = span.traceFlags.toString(16).padStart(2, "0");
  const tracestate = span.traceState?.serialize();
  return { traceparent: `00-${span.traceId}-${span.spanId}-${flags}`, ...(tracestate ? { tracestate } : {}) };
}
