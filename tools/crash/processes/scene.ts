import { join } from "node:path";
import type { Database, Sql } from "../../../sdk/ts/src/core/database.ts";
import type { Probe } from "../../../sdk/ts/src/core/probe.ts";
import type { Transport } from "../../../sdk/ts/src/core/transport.ts";
import { openEmbedded } from "../../../sdk/ts/src/embedded/index.ts";
import { connectNats } from "../../../sdk/ts/src/nats/index.ts";
import { openPostgres } from "../../../sdk/ts/src/postgres/index.ts";
import { openSqlite } from "../../../sdk/ts/src/sqlite/index.ts";
import type { ProofContract } from "../contract/contract.ts";
import { ledgerTables } from "../ledger.ts";
import type { Scene } from "../read-history.ts";
import type { Surroundings } from "./messages.ts";

/** The services of a run; each has a database, or a schema, of its own. */
export const serviceNames = ["alpha", "beta", "worker", "auditor"] as const;

/** The name of one service of a run. */
export type ServiceName = (typeof serviceNames)[number];

/** A scene with open connections. */
export interface OpenScene extends Scene, AsyncDisposable {
  readonly opened: Readonly<Record<ServiceName, Database<Sql, Sql>>>;
}

/** Connects to the broker and the databases of a run. */
export async function openScene(
  surroundings: Surroundings,
  contract: ProofContract,
  { probe, concurrency = 1 }: { readonly probe?: Probe; readonly concurrency?: number } = {},
): Promise<OpenScene> {
  await using opening = new AsyncDisposableStack();
  const broker = opening.use(await openBroker(surroundings, probe));
  const databases = serviceNames.map((name) => {
    const database = opening.adopt(openDatabase(surroundings, name, { probe, concurrency }), (open) => open.close());
    return [name, database] as const;
  });
  const opened = Object.fromEntries(databases) as OpenScene["opened"];
  const all = opening.move();
  return {
    broker,
    contract,
    opened,
    databases: databases.map(([, { db }]) => db),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function openBroker(surroundings: Surroundings, probe: Probe | undefined): Promise<Transport> {
  if (surroundings.kind === "embedded") return openEmbedded({ path: join(surroundings.folder, "broker.db") });
  return connectNats({ servers: surroundings.brokerUrl, connectTimeoutMs: 30_000, probe });
}

/** What the relay, leases and reads of a service use beside its handlers: without it they wait for each other. */
const ownConnections = 6;

function openDatabase(
  surroundings: Surroundings,
  name: ServiceName,
  { probe, concurrency = 1 }: { readonly probe?: Probe | undefined; readonly concurrency?: number } = {},
): Database<Sql, Sql> {
  if (surroundings.kind === "embedded") return openSqlite({ path: join(surroundings.folder, `${name}.db`), probe });
  return openPostgres(surroundings.databaseUrl, { schema: name, maxConnections: concurrency + ownConnections, probe });
}

/** Makes the ledgers of a run on files, before any service starts. */
export async function layOutFiles(folder: string): Promise<void> {
  for (const name of serviceNames) {
    const { db, close } = openDatabase({ kind: "embedded", folder }, name);
    for (const text of ledgerTables.sqlite) await db.query(text);
    await close();
  }
}
