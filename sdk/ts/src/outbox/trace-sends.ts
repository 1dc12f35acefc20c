import {
  type Link,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { toConcordError } from "../core/error.ts";
import { headerNames, type OutgoingMessage } from "../core/message.ts";
import { parseSubject } from "../core/subject.ts";
import { parseTraceparent } from "../core/traceparent.ts";
import type { WaitOptions } from "../core/transport.ts";
import type { RelayScope } from "./relay-scope.ts";

/** What {@link traceSends} needs. */
export interface TraceSendsOptions {
  /** The broker's name in `messaging.system`. Default `concord`. */
  readonly system?: string | undefined;
  /** Default: the globally registered one; as long as there is none, nothing is done. */
  readonly tracer?: Tracer | undefined;
}

type Broker = RelayScope["transport"];

/**
 * Wraps a broker so that every send is a producer span, linked to the spans that published the events: a relay sends later
 * than those ended, and several traces in one batch
 * (https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/#trace-structure). The messages go out as they
 * are: their headers and envelopes keep the trace of their origin, so that consumers continue that one.
 */
export function traceSends(broker: Broker, { system = "concord", tracer }: TraceSendsOptions = {}): Broker {
  const begin = (messages: readonly OutgoingMessage[]) => {
    const spans = tracer ?? registeredTracer();
    return spans && startSend(spans, system, messages);
  };
  return {
    get features() {
      return broker.features;
    },
    publish(message, options) {
      const span = begin([message]);
      const sending = broker.publish(message, options);
      return span ? endWith(span, sending) : sending;
    },
    get publishAtomically() {
      const send = broker.publishAtomically?.bind(broker);
      if (!send) return undefined;
      return (messages: readonly OutgoingMessage[], options?: WaitOptions) => {
        const span = begin(messages);
        const sending = send(messages, options);
        return span ? endWith(span, sending) : sending;
      };
    },
  };
}

/** Undefined while the service exports no traces: a span that nobody sees would still cost its attributes and links. */
function registeredTracer(): Tracer | undefined {
  const provider = trace.getTracerProvider();
  if (provider instanceof ProxyTracerProvider) return provider.getDelegateTracer("@concord/sdk");
  return provider.getTracer("@concord/sdk");
}

function startSend(tracer: Tracer, system: string, messages: readonly OutgoingMessage[]): Span {
  const { stream, subject, body } = messages[0]!;
  const isBatch = messages.length > 1;
  return tracer.startSpan(
    `send ${stream}`,
    {
      kind: SpanKind.PRODUCER,
      attributes: {
        "messaging.system": system,
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": stream,
        ...(isBatch
          ? { "messaging.batch.message_count": messages.length }
          : {
              "messaging.destination.partition.id": String(parseSubject(subject)?.partition ?? 0),
              "messaging.message.body.size": body.length,
            }),
      },
      links: messages.flatMap(originOf),
    },
    ROOT_CONTEXT,
  );
}

function originOf({ headers }: OutgoingMessage): Link[] {
  const origin = parseTraceparent(headers[headerNames.traceparent]);
  if (!origin) return [];
  const { traceId, spanId, flags } = origin;
  return [{ context: { traceId, spanId, traceFlags: flags, isRemote: true } }];
}

/** A code, never the message: foreign errors may quote payloads (trap T28). */
async function endWith<Result>(span: Span, sending: Promise<Result>): Promise<Result> {
  try {
    return await sending;
  } catch (thrown) {
    const { code } = toConcordError(thrown);
    span.setAttribute("error.type", code);
    span.setStatus({ code: SpanStatusCode.ERROR, message: code });
    throw thrown;
  } finally {
    span.end();
  }
}
