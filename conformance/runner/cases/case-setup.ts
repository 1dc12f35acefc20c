import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createEmbeddedStreams } from "../broker/embedded-streams.ts";
import { type NatsBroker, startBroker } from "../broker/nats-broker.ts";
import { type NetworkProxy, startNetworkProxy } from "../broker/network-proxy.ts";
import type { CaseContext, CaseTestee } from "../context/case-context.ts";
import { lookupIn } from "../context/lookup.ts";
import type { CaseDatabase } from "../database/case-database.ts";
import { createPostgresDatabase } from "../database/postgres-database.ts";
import { createSqliteDatabase } from "../database/sqlite-database.ts";
import { residentBytes } from "../expectations/processes.ts";
import { isJsonObject, type Json } from "../suite/json.ts";
import type { Permutation } from "../suite/permutations.ts";
import { createWireLog } from "../testee/wire-log.ts";
import { serviceOf, settingsOf } from "./case-settings.ts";
import type { RunEnvironment } from "./run-environment.ts";

/** A case that can run, and what to do when it has. */
export interface PreparedCase {
  readonly context: CaseContext;
  /** Ends and removes whatever was made for it. */
  cleanUp(failed: boolean): Promise<void>;
}

const slowGroups = new Set(["N", "L", "A", "Y"]);
const slowTimeoutMs = 15_000;
const timeoutMs = 5_000;
const configureDeadlineMs = 10_000;
const defaultMaxPayload = 1_048_576;

/** How long all steps of a case may take together, in milliseconds. */
export function timeoutOf({ case: { definition, suite } }: Permutation): number {
  return definition.timeoutMs || (slowGroups.has(suite.letter) ? slowTimeoutMs : timeoutMs);
}

/** Makes namespace, database, proxies and testees of a case. What fails on the way is undone. */
export async function prepareCase(
  environment: RunEnvironment,
  permutation: Permutation,
  index: number,
): Promise<PreparedCase> {
  const undo: ((failed: boolean) => Promise<unknown>)[] = [];
  const cleanUp = async (failed: boolean) => {
    for (const each of undo.toReversed()) await each(failed).catch(() => {});
  };
  try {
    const context = await build(environment, permutation, index, undo);
    return { context, cleanUp };
  } catch (error) {
    await cleanUp(true);
    throw error;
  }
}

type Undo = ((failed: boolean) => Promise<unknown>)[];

async function build(
  environment: RunEnvironment,
  permutation: Permutation,
  index: number,
  undo: Undo,
): Promise<CaseContext> {
  const { definition } = permutation.case;
  const ns = namespaceOf(permutation, index);
  const broker = await brokerFor(environment, permutation, undo);
  const embeddedPath = join(environment.guard.folder, `case-${index}.embedded.db`);
  const testees = new Map<string, CaseTestee>();
  const log = createWireLog();
  const context: CaseContext = {
    permutation,
    ns,
    seed: environment.seed,
    startedAtMs: Date.now(),
    deadlineAt: Number.POSITIVE_INFINITY,
    log,
    testees,
    broker,
    streams: broker?.streams ?? (permutation.embedded ? createEmbeddedStreams(embeddedPath) : undefined),
    maxPayload: broker?.maxPayload ?? defaultMaxPayload,
    values: new Map(),
    doneAt: new Map(),
    pending: new Map(),
    runs: [],
    reports: [],
    published: [],
    counters: { id: 0, sentinel: 0 },
    folder: environment.guard.folder,
    vectors: environment.vectors,
    start: (testee) => startIn(environment, context, testee, undo),
  };
  if (broker && !definition.ownBroker) undo.push(() => removeStreams(broker, `${ns}-`));
  const brokerUrl = broker?.server.url ?? (permutation.embedded ? pathToFileURL(embeddedPath).href : "");
  await addTestees(environment, context, brokerUrl, index, undo);
  for (const testee of testees.values()) {
    if (!definition.testees[testee.name]?.later) await context.start(testee);
  }
  const first = testees.get("A")?.process;
  if (permutation.level !== "L0" && !definition.bare && first) {
    await first.request({ case: "provision", value: { fixture: "counted" } }, configureDeadlineMs);
  }
  context.deadlineAt = performance.now() + timeoutOf(permutation);
  return context;
}

function namespaceOf({ level, axes }: Permutation, index: number): string {
  if (level !== "L0") return `c${index.toString(36)}`;
  return axes.ns === undefined || axes.ns === "none" ? "" : axes.ns;
}

async function brokerFor(
  { servers }: RunEnvironment,
  permutation: Permutation,
  undo: Undo,
): Promise<NatsBroker | undefined> {
  const { ownBroker } = permutation.case.definition;
  if (permutation.server === undefined) return undefined;
  if (!ownBroker) return servers.broker(permutation.server);
  const broker = await startBroker({
    version: servers.version(permutation.server),
    maxPayload: ownBroker.maxPayload || undefined,
  });
  undo.push(() => broker.close());
  return broker;
}

async function removeStreams({ api, streams }: NatsBroker, prefix: string): Promise<void> {
  await Promise.all((await streams.names(prefix)).map((name) => api.call(`STREAM.DELETE.${name}`)));
}

async function addTestees(
  environment: RunEnvironment,
  context: CaseContext,
  brokerUrl: string,
  index: number,
  undo: Undo,
): Promise<void> {
  const { permutation, log } = context;
  const databases = new Map<string, CaseDatabase>();
  const names = [...new Set(["A", ...Object.keys(permutation.case.definition.testees)])].sort();
  for (const name of names) {
    const service = serviceOf(permutation, name);
    const database =
      databases.get(service) ?? (await databaseFor(environment, permutation, `case_${index}_${service}`, undo));
    if (database) databases.set(service, database);
    const wantsProxy = cutConnections(permutation, name);
    const brokerProxy = wantsProxy.broker
      ? await proxyTo(context.broker?.server.port, `${name} broker`, log, undo)
      : undefined;
    const databaseProxy = wantsProxy.database
      ? await proxyTo(database?.port, `${name} database`, log, undo)
      : undefined;
    const base = {
      ns: context.ns,
      broker_url: through(brokerUrl, brokerProxy),
      database_url: through(database?.url ?? "", databaseProxy),
      mode: permutation.axes.mode ?? "env",
      seed: environment.seed.toString(),
    };
    const settings = settingsOf(permutation, name, base, lookupIn(context));
    const testee = {
      name,
      service,
      settings,
      process: undefined,
      database,
      brokerProxy,
      databaseProxy,
      subscribed: undefined,
      baseRssBytes: 0,
    };
    (context.testees as Map<string, CaseTestee>).set(name, testee);
  }
}

async function databaseFor(
  { servers, guard }: RunEnvironment,
  { axes }: Permutation,
  name: string,
  undo: Undo,
): Promise<CaseDatabase | undefined> {
  if (axes.db === undefined || axes.db === "none") return undefined;
  const database =
    axes.db === "postgres"
      ? await createPostgresDatabase((await servers.postgres()).url, name)
      : createSqliteDatabase(join(guard.folder, `${name}.db`));
  undo.push(() => database.drop());
  return database;
}

/** Which connections of a testee its case does something to. */
function cutConnections({ case: { given, then } }: Permutation, name: string): { broker: boolean; database: boolean } {
  const acts = [...given, ...then].flatMap(inner).filter((step) => step.network && (step.on ?? "A") === name);
  const targets = acts.map(({ network }) => (network as { to?: string }).to ?? "broker");
  return { broker: targets.includes("broker"), database: targets.includes("database") };
}

function inner(step: Json): { network?: Json; on?: Json }[] {
  if (!isJsonObject(step)) return [];
  const { repeat } = step;
  return isJsonObject(repeat) ? (repeat.steps as Json[]).flatMap(inner) : [step];
}

async function proxyTo(
  port: number | undefined,
  name: string,
  log: CaseContext["log"],
  undo: Undo,
): Promise<NetworkProxy | undefined> {
  if (port === undefined) return undefined;
  const proxy = await startNetworkProxy(port, (direction, bytes) =>
    log.add("bytes", { connection: name, direction, hex: Buffer.from(bytes).toString("hex") }),
  );
  undo.push(() => proxy.close());
  return proxy;
}

function through(url: string, proxy: NetworkProxy | undefined): string {
  return proxy ? url.replace(/:\d+(?=\/|$)/, `:${proxy.port}`) : url;
}

/** Starts or borrows a process, and configures it. */
async function startIn(
  environment: RunEnvironment,
  context: CaseContext,
  testee: CaseTestee,
  undo: Undo,
): Promise<void> {
  const { permutation, log, runs, reports } = context;
  const pool = environment.pool(permutation.case.definition.testees[testee.name]?.profile ?? "");
  const process = await (permutation.ownProcess ? pool.startOwn() : pool.acquire());
  testee.process = process;
  undo.push(async (failed) => {
    if (permutation.ownProcess || failed) return process.kill();
    if (permutation.level !== "L0")
      await process.request({ case: "configure", value: {} }, configureDeadlineMs).catch(() => {});
    return pool.release(process);
  });
  process.listen({
    name: testee.name,
    log,
    onReport({ kind }, at) {
      if (kind.case === "start") runs.push({ testee: testee.name, at, kind: "start", report: kind.value });
      else if (kind.case === "end") runs.push({ testee: testee.name, at, kind: "end", report: kind.value });
      else if (kind.case === "atPoint") reports.push({ testee: testee.name, kind: "at_point", name: kind.value.point });
      else if (kind.case === "warning") reports.push({ testee: testee.name, kind: "warning", name: kind.value.code });
    },
  });
  if (permutation.level === "L0" && !permutation.features.includes("configure")) return;
  await process.request({ case: "configure", value: testee.settings }, configureDeadlineMs);
  testee.baseRssBytes = await residentBytes(process.pid);
}
