import { AckPolicy, DeliverPolicy } from "@nats-io/jetstream";
import { type Msg, nanos, nuid } from "@nats-io/nats-core";
import { ConcordError, isConcordError } from "../core/error.ts";
import type { StoredMessage } from "../core/message.ts";
import type { ReadRequest } from "../core/transport.ts";
import type { BrokerConnection } from "./connection.ts";
import { maxPayloadBytes } from "./publish.ts";
import { type Ask, Pull } from "./pull.ts";
import { readFacts, toStoredMessage } from "./stored-message.ts";

const defaultMaxBatch = 256;
/** After so long without a request the server forgets a reader whose process is gone. */
const forgetAfterMs = 60_000;
const deleteTimeoutMs = 1_000;
/** Most bytes in one request, unless one message may be larger. */
const mostBytes = 4 * 1024 * 1024;

/**
 * Reads a stream in order through a consumer of its own, which keeps nothing and acknowledges nothing.
 * @throws {ConcordError} `unavailable` at the first sign that a message may be missing, `not_found`, `permission_denied`
 */
export async function* read(
  connection: BrokerConnection,
  request: ReadRequest,
): AsyncGenerator<readonly StoredMessage[], void, undefined> {
  const { signal, stream, maxBatch = defaultMaxBatch } = request;
  if (signal.aborted) return;
  const consumer = `concord-${nuid.next()}`;
  try {
    await addConsumer(connection, request, consumer);
  } catch (thrown) {
    if (isConcordError(thrown, "canceled")) return;
    throw thrown;
  }
  const maxBytes = Math.max(mostBytes, 2 * maxPayloadBytes(connection));
  const pull = new Pull<StoredMessage>(connection, {
    stream,
    consumer,
    signal,
    accept: inOrder(stream),
    refill: (pull) => askAhead(pull, maxBatch, maxBytes),
  });
  try {
    for (let batch = await pull.take(maxBatch); batch.length > 0; batch = await pull.take(maxBatch)) yield batch;
  } finally {
    connection.finishBeforeClose(endReading(connection, pull, stream, consumer));
  }
}

async function addConsumer(connection: BrokerConnection, request: ReadRequest, consumer: string): Promise<void> {
  const { after, filter, signal, stream } = request;
  const config = {
    name: consumer,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Number(after) + 1,
    ack_policy: AckPolicy.None,
    filter_subject: filter,
    inactive_threshold: nanos(forgetAfterMs),
    num_replicas: 1,
    mem_storage: true,
  };
  await connection.call(`reading stream ${stream}`, ({ consumers }) => consumers.add(stream, config), { signal });
}

/** Keeps two batches on their way or in the buffer, so that the server sends one while the other is handled. */
function askAhead(pull: Pull<StoredMessage>, maxBatch: number, maxBytes: number): Ask | undefined {
  const room = 2 * maxBatch - pull.asked - pull.items.length;
  if (room < maxBatch || pull.bufferedBytes > maxBytes) return undefined;
  return { batch: room, maxBytes };
}

/** The consumer numbers what it delivers: a number that is not the next one is a gap. */
export function inOrder(stream: string): (message: Msg) => StoredMessage {
  let last = 0;
  return (message) => {
    const facts = readFacts(message.reply ?? "");
    if (facts.consumerSequence !== ++last) {
      throw new ConcordError("unavailable", `messages of stream ${stream} were lost on their way; read again`);
    }
    return toStoredMessage(stream, message, facts);
  };
}

async function endReading(
  connection: BrokerConnection,
  pull: Pull<StoredMessage>,
  stream: string,
  consumer: string,
): Promise<void> {
  await pull.stop();
  if (!connection.reachable) return;
  const { consumers } = await connection.manager(deleteTimeoutMs);
  await consumers.delete(stream, consumer);
}
