import { readDeadLetter, redriveMessage } from "../../../sdk/ts/src/core/dead-letter.ts";
import { decodeEnvelope } from "../../../sdk/ts/src/core/envelope/decode-envelope.ts";
import type { StoredMessage } from "../../../sdk/ts/src/core/message.ts";
import type { Transport } from "../../../sdk/ts/src/core/transport.ts";
import { createSqliteStores } from "../../../sdk/ts/src/sqlite/index.ts";
import type { SeededRandom } from "../../../sdk/ts/src/testing/seeded-random.ts";
import type { World } from "./world.ts";

/** Milliseconds into a run when the operator mends the broker and lets what it refused be sent again. */
const mendedAtMs = 12_000;
const roundMs = 2_500;

/** What people do about a run: mend the broker, release what was put aside, redrive dead letters, some of them twice. */
export async function operate(world: World, random: SeededRandom, signal: AbortSignal): Promise<void> {
  const startedAtMs = world.clock.now();
  const seen = new Map<string, bigint>();
  while (!signal.aborted) {
    await world.clock.sleep(roundMs, signal).catch(() => {});
    if (signal.aborted || world.faults.isDown || world.faults.isFull) continue;
    if (world.clock.now() - startedAtMs >= mendedAtMs) await mend(world);
    for (const service of ["worker", "auditor"]) await redrive(world, `dlq-${service}`, seen, random);
  }
}

async function mend({ database, faults }: World): Promise<void> {
  faults.isMended = true;
  const { outbox } = createSqliteStores(database);
  for (const { id } of await outbox.listQuarantined(1_000)) await outbox.release(id);
}

async function redrive(
  { broker }: World,
  stream: string,
  seen: Map<string, bigint>,
  random: SeededRandom,
): Promise<void> {
  for (const message of await readStream(broker, stream, seen.get(stream) ?? 0n)) {
    seen.set(stream, message.sequence);
    if (random.chance(0.3)) continue;
    const { source, id } = decodeEnvelope(message.body);
    const request = redriveMessage(message, { source, id });
    await broker.publish(request);
    if (random.chance(0.5)) await broker.publish({ ...request, messageId: `${request.messageId}/again` });
  }
}

/** A dead letter, with the event in it. */
export interface ReadDeadLetter {
  readonly source: string;
  readonly id: string;
  readonly reason: string;
}

/** Reads the dead letters of a consumer. */
export async function readDeadLetters(broker: Transport, consumer: string): Promise<ReadDeadLetter[]> {
  const messages = await readStream(broker, `dlq-${consumer}`);
  return messages.map((message) => {
    const { source, id } = decodeEnvelope(message.body);
    return { source, id, reason: readDeadLetter(message).reason };
  });
}

/** Reads a stream from its start, or from behind a sequence. */
export async function readStream(broker: Transport, stream: string, after = 0n): Promise<StoredMessage[]> {
  const state = await broker.streamState(stream);
  const messages: StoredMessage[] = [];
  for (let sequence = after + 1n; sequence <= (state?.lastSequence ?? 0n); sequence++) {
    const message = await broker.get(stream, sequence);
    if (message) messages.push(message);
  }
  return messages;
}
