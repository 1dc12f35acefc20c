import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { checkData, checkRight, checkSize, type PublishVerb } from "./check-publication.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { ContractReader } from "./contract/contract-reader.ts";
import type { EventContract } from "./contract/event-contract.ts";
import { createEnvelope } from "./envelope/create-envelope.ts";
import { encodeEnvelope, encodeEnvelopeParts } from "./envelope/encode-envelope.ts";
import type { Envelope } from "./envelope/envelope.ts";
import { timeFromMillis } from "./envelope/time.ts";
import { ConcordError } from "./error.ts";
import type { PublishOptions } from "./handler.ts";
import { escapeKeyToken } from "./key-token.ts";
import { envelopeContentType, type Headers, headerNames, messageId, type OutgoingMessage } from "./message.ts";
import { partitionOf } from "./partition.ts";
import type { Probe } from "./probe.ts";
import { formatSubject, streamName } from "./subject.ts";
import { parseTraceparent } from "./traceparent.ts";
import type { Validate } from "./validate.ts";
import { type WireFormat, wireFormats } from "./wire/wire-format.ts";

/** Most bytes that the outbox adds when it writes the sequence: tag and varint of an id below 2^63. */
const sequenceBytes = 10;

/** W3C trace context of the work that publishes. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string | undefined;
}

/** What every event of one service has in common. */
export interface EventPreparerOptions {
  /** The service that publishes: it may publish only events that it owns. */
  readonly service: string;
  /** URI-reference written as the source of its events, such as `/shop/orders`. */
  readonly source: string;
  /** Prefix that keeps systems on one broker apart. Default none. */
  readonly namespace?: string | undefined;
  /** Full names of the commands that its contract lets it send. Default: any. */
  readonly sends?: readonly string[] | undefined;
  readonly contracts: ContractReader;
  readonly validate: Validate;
  /** Gives a new UUIDv7 at each call. */
  readonly ids: () => string;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
  /** Largest body plus headers that the broker takes, in bytes; asked anew for each event. */
  readonly maxPayloadBytes: () => number;
  /** What the transport sends, see `sendAs`: the size of that is checked. Default `envelope`. */
  readonly format?: WireFormat | undefined;
  /** Gives the trace that is active now, or undefined. Default none: the core knows no tracing library. */
  readonly currentTrace?: (() => TraceContext | undefined) | undefined;
  readonly probe?: Probe | undefined;
}

/** An event or command, checked and encoded, that only needs to be stored or sent. */
export interface PreparedEvent {
  readonly contract: EventContract;
  /** Without a sequence, which only the outbox gives. */
  readonly envelope: Envelope;
  /** The broker's name of the stream. */
  readonly stream: string;
  readonly subject: string;
  /** Escaped key; undefined without one. */
  readonly keyToken: string | undefined;
  readonly messageId: string;
  readonly headers: Headers;
  /** The whole body, or with a `tail` its part before the sequence. */
  readonly head: Uint8Array;
  /** The body behind the sequence; only with a key. */
  readonly tail: Uint8Array | undefined;
}

/** One thing to publish. */
export interface EventRequest<Desc extends DescMessage = DescMessage> {
  readonly verb: PublishVerb;
  readonly schema: Desc;
  readonly init: MessageInitShape<Desc>;
  readonly options?: PublishOptions | undefined;
  /** The event being handled, when there is one. */
  readonly cause?: Envelope | undefined;
}

/** Turns events of contracts into messages: the one place where envelope, subject and message id come from. */
export interface EventPreparer {
  /**
   * @throws {ConcordError} `invalid_data` with all violations in `details.violations`, `invalid_key`,
   * `invalid_attribute`, `invalid_argument` (wrong verb), `failed_precondition` (not this service's to publish),
   * `too_large` with size and limit.
   */
  prepare<Desc extends DescMessage>(request: EventRequest<Desc>): PreparedEvent;
}

/** Makes the preparer of one service. */
export function createEventPreparer(options: EventPreparerOptions): EventPreparer {
  const { source, namespace, contracts, ids, clock = systemClock, format = "envelope", probe } = options;

  return {
    prepare({ verb, schema, init, options: chosen = {}, cause }) {
      const contract = contracts.event(schema);
      checkRight(verb, contract, options);
      const data = create(schema, init);
      const idempotencyKey = checkData(contract, data, chosen.idempotencyKey, options.validate);
      const id = ids();
      const key = chosen.key ?? contract.keyOf(data);
      const keyToken = key === undefined ? undefined : escapeKeyToken(key);
      const trace = options.currentTrace?.() ?? traceOf(cause);
      const envelope = createEnvelope({
        id,
        source,
        type: contract.type,
        time: chosen.time ?? timeFromMillis(chosen.timeMs ?? clock.now()),
        key,
        idempotencyKey,
        traceparent: trace?.traceparent,
        tracestate: trace?.tracestate,
        correlationId: chosen.correlationId ?? cause?.correlationId ?? cause?.id ?? id,
        causationId: cause?.id,
        data: toBinary(schema, data),
        attributes: chosen.attributes,
      });
      const { head, tail } = encode(envelope);
      const bytes = format === "envelope" ? sizeOf(head, tail) : sizeAs(format, envelope);
      if (!probe?.without("no-size-check")) checkSize(contract, id, bytes, options.maxPayloadBytes());
      return {
        contract,
        envelope,
        stream: streamName(contract.tree, contract.stream, namespace),
        subject: subjectOf(contract, id, key, keyToken),
        keyToken,
        messageId: messageId(source, id),
        headers: headersOf(trace),
        head,
        tail,
      };
    },
  };

  function subjectOf(
    contract: EventContract,
    id: string,
    key: string | undefined,
    keyToken: string | undefined,
  ): string {
    const token = probe?.without("partition-by-raw-key") ? key : keyToken;
    return formatSubject({
      namespace,
      tree: contract.tree,
      stream: contract.stream,
      partition: partitionOf(token ?? id, contract.partitions),
      keyToken,
      type: contract.subjectType,
    });
  }
}

/** Gives a prepared event as one message, for those who send it without an outbox and so without a sequence. */
export function toOutgoingMessage(prepared: PreparedEvent): OutgoingMessage {
  const { stream, subject, headers, head, tail } = prepared;
  return { stream, subject, headers, messageId: prepared.messageId, body: tail ? Buffer.concat([head, tail]) : head };
}

function encode(envelope: Envelope): { head: Uint8Array; tail: Uint8Array | undefined } {
  return envelope.key === undefined
    ? { head: encodeEnvelope(envelope), tail: undefined }
    : encodeEnvelopeParts(envelope);
}

function sizeOf(head: Uint8Array, tail: Uint8Array | undefined): number {
  return head.length + (tail ? tail.length + sequenceBytes : 0);
}

/** Formats other than our own may be larger, and put some of it into headers. */
function sizeAs(format: WireFormat, envelope: Envelope): number {
  const { headers, body } = wireFormats[format](envelope.key === undefined ? envelope : { ...envelope, sequence: 0n });
  const headerBytes = Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return headerBytes + body.length;
}

function headersOf(trace: TraceContext | undefined): Headers {
  if (!trace) return { [headerNames.contentType]: envelopeContentType };
  if (/[^ -~]/.test(trace.traceparent + (trace.tracestate ?? ""))) {
    throw new ConcordError(
      "invalid_envelope",
      "a trace context holds what no header can carry; it is printable ASCII",
      {
        details: { field: "tracestate" },
      },
    );
  }
  return {
    [headerNames.contentType]: envelopeContentType,
    [headerNames.traceparent]: trace.traceparent,
    ...(trace.tracestate && { [headerNames.tracestate]: trace.tracestate }),
  };
}

/** Without a trace of its own the event stays in that of its cause; what is no trace counts as none (conformance F9). */
function traceOf(cause: Envelope | undefined): TraceContext | undefined {
  return cause?.traceparent && parseTraceparent(cause.traceparent)
    ? { traceparent: cause.traceparent, tracestate: cause.tracestate }
    : undefined;
}
