import { createContractReader } from "../../core/contract/contract-reader.ts";
import { readDeadLetter } from "../../core/dead-letter.ts";
import { decodeEnvelope } from "../../core/envelope/decode-envelope.ts";
import type { Envelope } from "../../core/envelope/envelope.ts";
import { streamName } from "../../core/subject.ts";
import type { Transport } from "../../core/transport.ts";
import type { CommittedEvent, DeadEvent, History, StoredEvent } from "../history/index.ts";
import { readAll } from "./read-stream.ts";
import type { Seat } from "./seat.ts";
import { readEffects } from "./witness.ts";

/** An event in a stream, as one of several that may be repetitions of it. */
interface Appearance {
  readonly stream: string;
  readonly sequence: bigint;
  readonly envelope: Envelope;
}

/** Collects what happened on a bed from its broker and databases, once nothing is left to do. */
export async function readHistory(transport: Transport, seats: readonly Seat[]): Promise<History> {
  const contracts = seats.flatMap(({ service }) => service.definition.events.map(({ schema }) => schema));
  const types = [...new Set(contracts.map(({ typeName }) => typeName))];
  const streams = await streamsOf(transport, seats);
  const found = (await Promise.all(streams.map((stream) => readStream(transport, stream)))).flat();
  // Streams also hold what nobody here handles; it is nobody's promise.
  const appearances = found.filter(({ envelope }) => types.includes(envelope.type));
  const effects = await Promise.all(seats.map(({ service, database }) => readEffects(service.name, database)));
  const dead = await Promise.all(seats.map(({ service }) => readDead(transport, service.name)));
  const remaining = await Promise.all(seats.map((seat) => seat.remaining()));
  return {
    subscriptions: seats.map(({ service }) => ({
      consumer: service.name,
      types: service.definition.events.map(({ schema }) => schema.typeName),
    })),
    commits: toCommits(appearances),
    effects: effects.flat(),
    dead: dead.flat(),
    stored: appearances.map(toStored),
    queues: remaining.map((waiting, index) => ({ name: `what ${seats[index]?.service.name} has to do`, waiting })),
  };
}

async function streamsOf(transport: Transport, seats: readonly Seat[]): Promise<readonly string[]> {
  const reader = createContractReader();
  const names = seats.flatMap(({ service }) =>
    service.definition.events.map(({ schema }) => {
      const { tree, stream } = reader.event(schema);
      return streamName(tree, stream);
    }),
  );
  const known = await Promise.all(
    [...new Set(names)].map(async (name) => ((await transport.streamState(name)) ? [name] : [])),
  );
  return known.flat();
}

async function readStream(transport: Transport, stream: string): Promise<readonly Appearance[]> {
  const messages = await readAll(transport, stream);
  return messages.map(({ sequence, body }) => ({ stream, sequence, envelope: decodeEnvelope(body) }));
}

async function readDead(transport: Transport, service: string): Promise<readonly DeadEvent[]> {
  const messages = await readAll(transport, streamName("dlq", service));
  return messages.map((message) => {
    const { source, id } = decodeEnvelope(message.body);
    return { consumer: service, source, id, reason: readDeadLetter(message).reason };
  });
}

/** Each event once; of one source and key they were committed in the order of their sequences, else of the stream. */
function toCommits(appearances: readonly Appearance[]): readonly CommittedEvent[] {
  const commits = new Map<string, CommittedEvent>();
  for (const { sequence, envelope } of appearances) {
    const { source, id, type, key, idempotencyKey } = envelope;
    if (commits.has(`${source} ${id}`)) continue;
    commits.set(`${source} ${id}`, {
      source,
      id,
      type,
      order: Number(envelope.sequence ?? sequence),
      ...(key !== undefined && { key }),
      ...(idempotencyKey !== undefined && { operation: idempotencyKey }),
    });
  }
  return [...commits.values()];
}

function toStored({ stream, sequence, envelope: { source, id } }: Appearance): StoredEvent {
  return { stream, sequence, source, id };
}
