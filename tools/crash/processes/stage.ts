import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database, Sql } from "../../../sdk/ts/src/core/database.ts";
import { createPostgresMigrator, openPostgres } from "../../../sdk/ts/src/postgres/index.ts";
import { startNatsServer } from "../../servers/nats-server.ts";
import { type PostgresServer, startPostgres } from "../../servers/postgres.ts";
import { startTcpProxy, type TcpProxy } from "../../servers/tcp-proxy.ts";
import { ledgerTables } from "../ledger.ts";
import type { Surroundings } from "./messages.ts";
import { layOutFiles, serviceNames } from "./scene.ts";

/** Something that can be done to the surroundings of the processes; resolves when it is over. */
export type Disturbance = (durationMs: number) => Promise<void>;

/** What one run plays on: a broker and databases that outlive its processes. */
export interface Stage extends AsyncDisposable {
  /** As processes see it, through connections that can be cut. */
  readonly surroundings: Surroundings;
  /** Past everything that can be cut. */
  readonly direct: Surroundings;
  /** Processes at a time. */
  readonly places: number;
  readonly disturbances: Readonly<Record<string, Disturbance>>;
  /** For a run's own files. */
  readonly folder: string;
}

/** Opens stages one after the other. */
export interface Theatre extends AsyncDisposable {
  openStage(run: number): Promise<Stage>;
  /** Names and versions of what it plays on. */
  readonly versions: readonly string[];
}

/** One process at a time on files of its own: the embedded default. */
export function openEmbeddedTheatre(): Theatre {
  return {
    versions: [`embedded and SQLite ${process.versions.sqlite}`],
    async openStage() {
      const folder = await mkdtemp(join(tmpdir(), "concord-crash-"));
      await layOutFiles(folder);
      const surroundings = { kind: "embedded", folder } as const;
      const dispose = () => rm(folder, { recursive: true, force: true });
      return {
        surroundings,
        direct: surroundings,
        places: 1,
        disturbances: {},
        folder,
        [Symbol.asyncDispose]: dispose,
      };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

/** A nats-server for each run, and one PostgreSQL with a database for each. */
export async function openServerTheatre(): Promise<Theatre> {
  await using opening = new AsyncDisposableStack();
  const settings = { max_connections: "1000", fsync: "off" };
  const postgres = opening.adopt(await startPostgres({ settings }), (server) => server.stop());
  await layOutTemplate(await postgres.createDatabase(template));
  const databases = opening.adopt(openPostgres(postgres.url), (open) => open.close());
  const { version } = await using(startNatsServer(), async (server) => server);
  const all = opening.move();
  return {
    versions: [`nats-server ${version}`, `PostgreSQL ${postgres.version}`],
    openStage: (run) => openServerStage(postgres, databases, run),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** Database that those of all runs are copied from. */
const template = "proof";

/** Makes the tables of all services once: every process looks for them at its start and finds them. */
async function layOutTemplate(url: string): Promise<void> {
  for (const name of serviceNames) {
    const database = openPostgres(url, { schema: name });
    await database.db.query(`CREATE SCHEMA ${name}`);
    await createPostgresMigrator(database).migrate();
    for (const text of ledgerTables.postgres) await database.db.query(text);
    await database.close();
  }
}

async function using<Resource extends AsyncDisposable, Result>(
  opening: Promise<Resource>,
  use: (resource: Resource) => Promise<Result>,
): Promise<Result> {
  await using resource = await opening;
  return await use(resource);
}

async function openServerStage(postgres: PostgresServer, { db }: Database<Sql, Sql>, run: number): Promise<Stage> {
  await using opening = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "concord-crash-"));
  opening.defer(() => rm(folder, { recursive: true, force: true }));
  const nats = opening.use(await startNatsServer());
  const name = `run_${run}`;
  await db.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  opening.defer(async () => void (await db.query(`DROP DATABASE ${name} WITH (FORCE)`)));
  const databaseUrl = postgres.url.replace(/postgres$/, name);
  const broker = opening.use(await startTcpProxy({ port: nats.port }));
  const database = opening.use(await startTcpProxy({ port: postgres.port }));
  const all = opening.move();
  return {
    folder,
    places: 2,
    surroundings: {
      kind: "nats",
      brokerUrl: broker.through(nats.url),
      databaseUrl: database.through(databaseUrl),
    },
    direct: { kind: "nats", brokerUrl: nats.url, databaseUrl },
    disturbances: {
      ...connectionDisturbances("broker", broker),
      ...connectionDisturbances("database", database),
      "broker killed": async (durationMs) => {
        await nats.kill("SIGKILL");
        await pause(durationMs);
        await nats.restart();
      },
      "broker restarted": () => nats.restart(),
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function connectionDisturbances(name: string, proxy: TcpProxy): Record<string, Disturbance> {
  const heal = () => proxy.heal();
  return {
    [`${name} cut`]: async () => proxy.cut(),
    [`${name} refused`]: (durationMs) => {
      proxy.refuse();
      return pause(durationMs).then(heal);
    },
    [`${name} silent`]: (durationMs) => {
      proxy.blackhole();
      return pause(durationMs).then(heal);
    },
  };
}

/** Real time: servers and processes live in it. */
export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
