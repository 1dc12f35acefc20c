import {
  type Attributes,
  type Context,
  context,
  createTraceState,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace as traceApi,
} from "@opentelemetry/api";
import { RetryLaterError, toConcordError } from "../../core/error.ts";
import type { Attempt, IncomingEvent, Middleware } from "../../core/handler.ts";
import { headerNames } from "../../core/message.ts";
import { parseSubject } from "../../core/subject.ts";
import { parseTraceparent } from "../../core/traceparent.ts";

/** What {@link trace} needs. */
export interface TraceOptions {
  /** The consuming service. */
  readonly service: string;
  /** The broker's name in `messaging.system`. Default `concord`. */
  readonly system?: string | undefined;
  /** Default: the globally registered one, which does nothing unless the service exports traces. */
  readonly tracer?: Tracer | undefined;
}

/**
 * Makes a consumer span around every attempt. Its parent is the hop that sent the message (the header); the event's origin,
 * where that is another span, is linked. Attributes follow the conventions for messaging
 * (https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/); none carries payload.
 */
export function trace({ service, system = "concord", tracer }: TraceOptions): Middleware {
  const spans = tracer ?? traceApi.getTracer("@concord/sdk");
  return (next) => (attempt) => {
    const { event } = attempt;
    const parent = parentOf(event);
    const span = spans.startSpan(
      `process ${event.message.stream}`,
      {
        kind: SpanKind.CONSUMER,
        attributes: attributesOf(attempt, { service, system }),
        links: linksOf(event, parent),
      },
      parent ? traceApi.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT,
    );
    return within(span, traceApi.setSpan(context.active(), span), () => next(attempt));
  };
}

async function within(span: Span, active: Context, run: () => Promise<void>): Promise<void> {
  try {
    await context.with(active, run);
  } catch (error) {
    noteFailure(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** A code, never the message: foreign errors quote payloads (trap T28). */
function noteFailure(span: Span, error: unknown): void {
  if (error instanceof RetryLaterError) return;
  const { code } = toConcordError(error);
  span.setAttribute("error.type", code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}

function attributesOf(
  { event, attempt }: Attempt,
  { service, system }: { readonly service: string; readonly system: string },
): Attributes {
  const { message, envelope, contract } = event;
  return {
    "messaging.system": system,
    "messaging.operation.name": "process",
    "messaging.operation.type": "process",
    "messaging.destination.name": message.stream,
    "messaging.destination.partition.id": String(parseSubject(message.subject)?.partition ?? 0),
    "messaging.consumer.group.name": service,
    "messaging.message.id": envelope.id,
    "messaging.message.body.size": message.body.length,
    ...(envelope.correlationId !== undefined && { "messaging.message.conversation_id": envelope.correlationId }),
    "concord.event.type": contract.type,
    "concord.attempt": attempt,
  };
}

function parentOf({ message }: IncomingEvent): SpanContext | undefined {
  return toSpanContext(message.headers[headerNames.traceparent], message.headers[headerNames.tracestate]);
}

function linksOf({ envelope }: IncomingEvent, parent: SpanContext | undefined): Link[] {
  const origin = toSpanContext(envelope.traceparent, envelope.tracestate);
  return origin && origin.spanId !== parent?.spanId ? [{ context: origin }] : [];
}

function toSpanContext(traceparent: string | undefined, tracestate: string | undefined): SpanContext | undefined {
  const parsed = parseTraceparent(traceparent);
  if (!parsed) return undefined;
  const { traceId, spanId, flags } = parsed;
  const traceState = tracestate ? { traceState: createTraceState(tracestate) } : {};
  return { traceId, spanId, traceFlags: flags, isRemote: true, ...traceState };
}
