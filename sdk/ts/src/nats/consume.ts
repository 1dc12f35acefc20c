import { type ConcordError, isConcordError } from "../core/error.ts";
import type { ConsumeRequest, Delivery } from "../core/transport.ts";
import type { BrokerConnection } from "./connection.ts";
import { type DeliveryScope, NatsDelivery } from "./delivery.ts";
import { ensureDurable } from "./durable.ts";
import { Pending } from "./pending.ts";
import { type Ask, Pull } from "./pull.ts";
import type { ReplyBox } from "./reply-box.ts";

const firstPauseMs = 100;
const longestPauseMs = 5_000;

/**
 * Delivers with acknowledgements, and goes on by itself after a lost connection or a deleted durable. It asks the
 * server only while the caller waits, and for no more than may be pending, so that nothing lies in a buffer while its
 * acknowledgement wait runs out (T10).
 * @throws {ConcordError} `not_found` (no such stream), `permission_denied`, `failed_precondition`; `unavailable` only
 * at the start
 */
export async function* consume(
  connection: BrokerConnection,
  replies: ReplyBox,
  request: ConsumeRequest,
): AsyncGenerator<readonly Delivery[], void, undefined> {
  const { signal } = request;
  const pending = new Pending(request);
  let opened = false;
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      await openDurable(connection, request, opened);
      opened = true;
      for await (const batch of deliver(connection, replies, request, pending)) {
        failures = 0;
        yield batch;
      }
    } catch (thrown) {
      if (signal.aborted) return;
      if (!opened || !isRecoverable(thrown)) throw thrown;
      connection.log.debug({ stream: request.stream, durable: request.durable, code: thrown.code }, thrown.message);
      await recover(connection, request, failures).catch(() => {});
    }
  }
}

async function openDurable(connection: BrokerConnection, request: ConsumeRequest, again: boolean): Promise<void> {
  const created = await ensureDurable(connection, request);
  if (!created || !again) return;
  const { durable, onWarning, stream } = request;
  onWarning?.(`durable ${durable} of stream ${stream} was deleted; it begins anew and everything is delivered again`);
}

/** The batches of one session; ends with the signal, throws when the session is lost. */
async function* deliver(
  connection: BrokerConnection,
  replies: ReplyBox,
  request: ConsumeRequest,
  pending: Pending,
): AsyncGenerator<readonly Delivery[], void, undefined> {
  const { durable, maxAckPending, signal, stream } = request;
  const { clock } = connection;
  const scope: DeliveryScope = { connection, replies, stream, onSettled: (delivery) => pending.remove(delivery) };
  const pull = new Pull<NatsDelivery>(connection, {
    stream,
    consumer: durable,
    signal,
    accept: (message) => {
      const delivery = new NatsDelivery(scope, message);
      pending.add(delivery);
      return delivery;
    },
    refill: (pull) => askOnDemand(pull, pending.room(clock.now())),
    giveBack: (deliveries) => {
      for (const delivery of deliveries) delivery.giveBack();
    },
  });
  const extending = new AbortController();
  void extendBuffered(connection, request, pull, extending.signal);
  try {
    for (let batch = await pull.take(maxAckPending); batch.length > 0; batch = await pull.take(maxAckPending)) {
      const fresh = batch.filter((delivery) => pending.isFresh(delivery, clock.now()));
      if (fresh.length > 0) yield fresh;
    }
  } finally {
    extending.abort();
    connection.finishBeforeClose(pull.stop());
  }
}

/**
 * Nothing is asked for ahead. A one-shot request is refused while another replica's waits for more than there is;
 * then one message is waited for in the queue.
 */
function askOnDemand(pull: Pull<NatsDelivery>, room: number): Ask | undefined {
  if (pull.asked > 0 || pull.items.length > 0) return undefined;
  return pull.crowded ? { batch: 1 } : { batch: room, oneShot: true };
}

/** What came later than the batch it was asked for with waits here until the caller comes back (T10). */
async function extendBuffered(
  connection: BrokerConnection,
  { ackWaitMs }: ConsumeRequest,
  pull: Pull<NatsDelivery>,
  ended: AbortSignal,
): Promise<void> {
  while (!ended.aborted) {
    await connection.clock.sleep(ackWaitMs / 3, ended).catch(() => {});
    if (ended.aborted || !connection.connected) continue;
    for (const delivery of pull.items) delivery.extend();
  }
}

/** Losing the broker, the durable or, while a cluster starts, JetStream: all may come back. */
function isRecoverable(thrown: unknown): thrown is ConcordError {
  const codes = ["unavailable", "deadline_exceeded", "unsupported"] as const;
  if (codes.some((code) => isConcordError(thrown, code))) return true;
  return isConcordError(thrown, "not_found") && thrown.details.natsErrorCode !== 10059;
}

async function recover(connection: BrokerConnection, request: ConsumeRequest, failures: number): Promise<void> {
  const { durable, signal, stream } = request;
  await connection.restored(`consuming stream ${stream} as ${durable}`, signal);
  await connection.clock.sleep(Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures, 10)), signal);
}
