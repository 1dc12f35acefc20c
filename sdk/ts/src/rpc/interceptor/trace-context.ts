import {
  type Context,
  createTraceState,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  trace as traceApi,
} from "@opentelemetry/api";
import type { Random } from "../../core/clock.ts";
import { formatTraceparent, newTraceparent, parseTraceparent } from "../../core/traceparent.ts";
import type { CallScope } from "../call-scope.ts";

/** Gives the trace that a call brought, as a parent of spans; one that does not read counts as none. */
export function parentContext(header: Pick<Headers, "get">): Context {
  const parsed = parseTraceparent(header.get("traceparent") ?? undefined);
  if (!parsed) return ROOT_CONTEXT;
  const { traceId, spanId, flags } = parsed;
  const tracestate = header.get("tracestate");
  const traceState = tracestate ? { traceState: createTraceState(tracestate) } : {};
  return traceApi.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: flags, isRemote: true, ...traceState });
}

/** The trace that a span belongs to, as headers have it; undefined when nobody records and none was brought. */
export function activeTrace(span: Span): CallScope | undefined {
  const active = span.spanContext();
  if (!isSpanContextValid(active)) return undefined;
  const tracestate = active.traceState?.serialize();
  const traceparent = formatTraceparent({ ...active, flags: active.traceFlags });
  return tracestate ? { traceparent, tracestate } : { traceparent };
}

/** A trace that begins here, so that log lines and events of one call belong together without anybody recording. */
export function startTrace(random: Random): CallScope {
  return { traceparent: formatTraceparent(newTraceparent(random)) };
}
