import { context, isSpanContextValid, trace } from "@opentelemetry/api";
import type { LogFields } from "../core/log.ts";
import type { TraceContext } from "../core/prepare-event.ts";
import { parseTraceparent } from "../core/traceparent.ts";
import { currentCall, runInCall } from "../rpc/index.ts";

/** Carries the trace of a call or event to what it publishes and calls. */
export interface TraceScope {
  /** Runs a function within a trace; without one a trace that OpenTelemetry knows still counts. */
  run<Result>(trace: TraceContext | undefined, run: () => Result): Result;
  /** The trace that is active now: OpenTelemetry's span where there is one, else that of `run` or of the RPC being run. */
  current(): TraceContext | undefined;
}

/** Makes a scope (https://www.w3.org/TR/trace-context/). RPC servers and clients share it. */
export function createTraceScope(): TraceScope {
  return {
    run: (active, run) => runInCall({ ...active }, run),
    current: () => currentSpan() ?? traceOfCall(),
  };
}

/** The id of the active trace, for log lines; nothing outside of a trace. */
export function traceFields(scope: TraceScope): LogFields {
  const active = parseTraceparent(scope.current()?.traceparent);
  return active ? { traceId: active.traceId } : {};
}

function traceOfCall(): TraceContext | undefined {
  const call = currentCall();
  return call?.traceparent ? { traceparent: call.traceparent, tracestate: call.tracestate } : undefined;
}

function currentSpan(): TraceContext | undefined {
  const span = trace.getSpanContext(context.active());
  if (!span || !isSpanContextValid(span)) return undefined;
  const flags = span.traceFlags.toString(16).padStart(2, "0");
  const tracestate = span.traceState?.serialize();
  return { traceparent: `00-${span.traceId}-${span.spanId}-${flags}`, ...(tracestate ? { tracestate } : {}) };
}
