import { eventContract } from "../contract/event-contract.ts";
import { encodeEnvelope } from "../envelope/encode-envelope.ts";
import { escapeKeyToken } from "../key-token.ts";
import { envelopeContentType, headerNames, type OutgoingMessage, type StoredMessage } from "../message.ts";
import { formatSubject, parseSubject, streamName } from "../subject.ts";
import type { ConsumeRequest, Delivery, ReadRequest, Transport } from "../transport.ts";
import { decodeWire } from "../wire/decode-wire.ts";
import { decodeNatsPubsub, encodeNatsPubsub, type Topic } from "./codec.ts";

/** A system of NatsPubsub services, as seen from one of ours. */
export interface NatsPubsubSystem {
  /** First token of its subjects, such as `production`. */
  readonly environment: string;
  /** The broker's name of its stream, which exists already. */
  readonly stream: string;
  /** Topics by the application that publishes them, the second token of their subjects. */
  readonly topics: readonly (Topic & { readonly application: string })[];
  /** Prefix of our own subjects. Default none. */
  readonly namespace?: string | undefined;
}

type Known = NatsPubsubSystem["topics"][number] & { readonly subject: string; readonly stream: string };

/**
 * Lets our services take part in a NatsPubsub system through a transport: what they publish of its topics goes out in its
 * JSON under its subjects, what they consume of them is read there. The message id is the event's id, in the header that the
 * broker knows. Their subjects name no partition, so all of it is partition 0; a message that cannot be read keeps its bytes and
 * becomes a dead letter.
 */
export function joinNatsPubsub(transport: Transport, system: NatsPubsubSystem): Transport {
  const topics = system.topics.map((each) => toKnown(each, system));
  const publish = (message: OutgoingMessage) => outgoing(message, topics, system);
  const convert = (message: StoredMessage) => incoming(message, topics, system);
  return {
    name: transport.name,
    get features() {
      return transport.features;
    },
    get maxPayloadBytes() {
      return transport.maxPayloadBytes;
    },
    publish: (message, options) => transport.publish(publish(message), options),
    publishAtomically: (messages, options) => transport.publishAtomically!(messages.map(publish), options),
    async *read(request) {
      const theirs = requestOf(request, topics, system);
      for await (const batch of transport.read(theirs)) yield batch.map(convert);
    },
    async *consume(request) {
      if (isOtherPartition(request, topics)) return untilAborted(request.signal);
      for await (const batch of transport.consume(requestOf(request, topics, system))) {
        yield batch.map((delivery) => convertDelivery(delivery, convert));
      }
    },
    provision: (streams, options) => transport.provision(streams, options),
    streamState: (stream, options) => transport.streamState(streamOf(stream, topics, system), options),
    async get(stream, sequence, options) {
      const message = await transport.get(streamOf(stream, topics, system), sequence, options);
      return message && convert(message);
    },
    async next(stream, filter, after, options) {
      const request = requestOf({ stream, filter }, topics, system);
      const message = await transport.next(request.stream, request.filter, after, options);
      return message && convert(message);
    },
    remove: (stream, sequence, options) => transport.remove(streamOf(stream, topics, system), sequence, options),
    health: () => transport.health(),
    close: () => transport.close(),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}

function toKnown(each: NatsPubsubSystem["topics"][number], { environment, namespace }: NatsPubsubSystem): Known {
  const { tree, stream } = eventContract(each.schema);
  const subject = `${environment}.${each.application}.${each.topic}`;
  return { ...each, subject, stream: streamName(tree, stream, namespace) };
}

function outgoing(message: OutgoingMessage, topics: readonly Known[], { stream }: NatsPubsubSystem): OutgoingMessage {
  const type = parseSubject(message.subject)?.type;
  const topic = topics.find((each) => each.stream === message.stream && each.schema.typeName === type);
  if (!topic) return message;
  const envelope = decodeWire(message);
  return { stream, subject: topic.subject, messageId: envelope.id, ...encodeNatsPubsub(envelope, topic) };
}

function incoming(
  message: StoredMessage,
  topics: readonly Known[],
  { namespace, stream }: NatsPubsubSystem,
): StoredMessage {
  const topic = message.stream === stream ? topics.find(({ subject }) => subject === message.subject) : undefined;
  if (!topic) return message;
  const { schema } = topic;
  const contract = eventContract(schema);
  const place = { namespace, tree: contract.tree, stream: contract.stream, partition: 0, type: contract.subjectType };
  try {
    const envelope = decodeNatsPubsub(message.body, topic);
    const keyToken = envelope.key === undefined ? undefined : escapeKeyToken(envelope.key);
    const headers = { ...message.headers, [headerNames.contentType]: envelopeContentType };
    return {
      ...message,
      stream: topic.stream,
      subject: formatSubject({ ...place, keyToken }),
      headers,
      body: encodeEnvelope(envelope),
    };
  } catch {
    return { ...message, stream: topic.stream, subject: formatSubject(place) };
  }
}

/** Deliveries may be objects of a class, so what they can do is handed on. */
function convertDelivery(delivery: Delivery, convert: (message: StoredMessage) => StoredMessage): Delivery {
  const { stream, sequence, subject, headers, body, storedAtMs, deliveries } = delivery;
  return {
    ...convert({ stream, sequence, subject, headers, body, storedAtMs }),
    deliveries,
    ack: () => delivery.ack(),
    retry: (delayMs) => delivery.retry(delayMs),
    extend: () => delivery.extend(),
  };
}

function streamOf(name: string, topics: readonly Known[], { stream }: NatsPubsubSystem): string {
  return topics.some((each) => each.stream === name) ? stream : name;
}

function requestOf<Request extends Pick<ReadRequest, "stream" | "filter">>(
  request: Request,
  topics: readonly Known[],
  system: NatsPubsubSystem,
): Request {
  const theirs = topics.filter(({ stream }) => stream === request.stream);
  if (theirs.length === 0) return request;
  // One topic is filtered by the broker; of several everything is read and the rest passed over (trap T36).
  const [only, ...more] = theirs.filter(({ schema }) => request.filter.endsWith(`.${schema.typeName}`));
  const filter = only && more.length === 0 ? only.subject : `${system.environment}.>`;
  return { ...request, stream: system.stream, filter };
}

function isOtherPartition({ stream, filter }: ConsumeRequest, topics: readonly Known[]): boolean {
  return (
    topics.some((each) => each.stream === stream) &&
    !/(?:evt|cmd)\.[^.]+\.(?:0|\*)\.|(?:evt|cmd)\.[^.]+\.>$/.test(filter)
  );
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
