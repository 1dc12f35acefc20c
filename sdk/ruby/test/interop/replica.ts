import { createInterface } from "node:readline";
import { CountedEventSchema } from "@concord/gen/concord/conformance/v1/fixture_counted_pb.js";
import type { Sql } from "../../../ts/src/core/database.ts";
import {
  createContractReader,
  createEventPreparer,
  createIdGenerator,
  createInbox,
  createLeasedShare,
  createLogConsumer,
  createOutbox,
  createRelay,
  createRouter,
  decodeMessage,
  RetryLaterError,
  systemClock,
} from "../../../ts/src/index.ts";
import { connectNats } from "../../../ts/src/nats/index.ts";
import { createPostgresStores, openPostgres } from "../../../ts/src/postgres/index.ts";
import { createSqliteStores, openSqlite } from "../../../ts/src/sqlite/index.ts";

/** What the Ruby tests ask of a replica of their service that is written in TypeScript, one line of JSON each. */
type Request =
  | { readonly do: "publish"; readonly events: readonly [key: string, n: number][]; readonly ids?: readonly string[] }
  | { readonly do: "relay" | "drain" | "status" }
  | { readonly do: "consume"; readonly retryLater?: readonly number[]; readonly delayMs?: number };

interface Settings {
  readonly databaseUrl: string;
  readonly schema?: string;
  readonly natsUrl: string;
  readonly namespace: string;
  readonly leaseMs: number;
}

/** Events published with given ids have this time too, so that their bytes can be compared. */
const pinnedTimeMs = 1_735_787_045_000;
const service = "counter";

const settings = JSON.parse(process.argv[2]!) as Settings;
const { databaseUrl, schema, namespace, leaseMs } = settings;
const isSqlite = databaseUrl.startsWith("sqlite:");
const database = isSqlite ? openSqlite({ path: databaseUrl }) : openPostgres(databaseUrl, { schema });
const stores = isSqlite ? createSqliteStores(database) : createPostgresStores(database);
const transport = await connectNats({ servers: settings.natsUrl });
const random = Math.random;
const clock = systemClock;
const newId = createIdGenerator({ clock, random });
let pinnedIds: string[] = [];
const preparer = createEventPreparer({
  service,
  source: "/conformance/counter",
  namespace,
  contracts: createContractReader(),
  validate: () => [],
  ids: () => pinnedIds.shift() ?? newId(),
  maxPayloadBytes: () => transport.maxPayloadBytes,
});
const outbox = createOutbox({ store: stores.outbox, preparer });
let consumer: ReturnType<typeof createLogConsumer> | undefined;

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line) as Request)));
}
await consumer?.drain();
await transport.close();
await database.close();

async function answer(request: Request): Promise<unknown> {
  if (request.do === "publish") return publish(request.events, request.ids);
  if (request.do === "consume") return consume(request);
  if (request.do === "status") return consumer?.status();
  if (request.do === "drain") {
    await consumer?.drain();
    return {};
  }
  const relay = createRelay({ store: stores.outbox, transport });
  await relay.runUntilIdle();
  return relay.status();
}

function publish(events: readonly [string, number][], ids?: readonly string[]): Promise<unknown> {
  pinnedIds = [...(ids ?? [])];
  const options = ids && { timeMs: pinnedTimeMs };
  return database.transaction(async (tx) => {
    const scope = outbox.within(tx);
    for (const [key, n] of events) await scope.publish(CountedEventSchema, { key, n }, options);
    return {};
  });
}

/** Writes what it handled beside its inbox, under its language's name. */
async function consume({ retryLater = [], delayMs = 0 }: Request & { do: "consume" }): Promise<unknown> {
  const router = createRouter().on<typeof CountedEventSchema, Sql, Sql>(CountedEventSchema, async (event) => {
    const { data, tx, envelope } = event;
    if (retryLater.includes(data.n)) throw new RetryLaterError({ delayMs });
    await tx.query("INSERT INTO effects (service, source, event_id, key, n) VALUES ($1, $2, $3, $4, $5)", [
      "typescript",
      envelope.source,
      envelope.id,
      data.key,
      data.n,
    ]);
  });
  const decode = (message: Parameters<typeof decodeMessage>[0]) => decodeMessage(message, router.find);
  const inbox = createInbox({ service, namespace, database, stores, outbox, decode, random });
  const share = isSqlite
    ? undefined
    : createLeasedShare({ store: stores.lease, owner: "typescript", ttlMs: leaseMs, clock });
  consumer = createLogConsumer({ service, namespace, transport, router, inbox, stores, share, clock, random });
  await consumer.start();
  return {};
}
