import { join } from "node:path";
import { type NetworkProxy, startNetworkProxy } from "../broker/network-proxy.ts";
import type { CaseContext, CaseTestee } from "../context/case-context.ts";
import { lookupIn } from "../context/lookup.ts";
import type { CaseDatabase } from "../database/case-database.ts";
import { createPostgresDatabase } from "../database/postgres-database.ts";
import { createSqliteDatabase } from "../database/sqlite-database.ts";
import { isJsonObject, type Json } from "../suite/json.ts";
import type { Permutation } from "../suite/permutations.ts";
import { expand } from "../suite/placeholders.ts";
import { withAxes } from "../suite/with-axes.ts";
import { serviceOf, settingsOf } from "./case-settings.ts";
import type { Setup } from "./setup.ts";

/** Makes the testees of a case, not started yet, with their databases and proxies. Those of one service share a database. */
export async function makeTestees(setup: Setup, context: CaseContext, brokerUrl: string): Promise<void> {
  const { permutation } = setup;
  const databases = new Map<string, CaseDatabase>();
  const names = [...new Set(["A", ...Object.keys(permutation.case.definition.testees)])].sort();
  for (const name of names) {
    const service = serviceOf(permutation, name);
    const database = databases.get(service) ?? (await databaseFor(setup, service));
    if (database) databases.set(service, database);
    const testee = await makeTestee(setup, context, { name, service, brokerUrl, database });
    (context.testees as Map<string, CaseTestee>).set(name, testee);
  }
}

interface Wanted {
  readonly name: string;
  readonly service: string;
  readonly brokerUrl: string;
  readonly database: CaseDatabase | undefined;
}

async function makeTestee(
  setup: Setup,
  context: CaseContext,
  { name, service, brokerUrl, database }: Wanted,
): Promise<CaseTestee> {
  const { permutation, environment } = setup;
  const cut = cutConnections(permutation, name);
  const brokerPort = cut.broker ? context.broker?.server.port : undefined;
  const brokerProxy = await proxyTo(setup, context, { port: brokerPort, name: `${name} broker` });
  const databasePort = cut.database ? database?.port : undefined;
  const databaseProxy = await proxyTo(setup, context, { port: databasePort, name: `${name} database` });
  const base = {
    ns: context.ns,
    broker_url: through(brokerUrl, brokerProxy),
    database_url: through(database?.url ?? "", databaseProxy),
    mode: permutation.axes.mode ?? "env",
    seed: environment.seed.toString(),
  };
  const settings = settingsOf(permutation, name, base, lookupIn(context));
  const state = { process: undefined, subscribed: undefined, baseRssBytes: 0 };
  return { name, service, settings, database, brokerProxy, databaseProxy, ...state };
}

async function databaseFor(
  { environment, permutation, index, undo }: Setup,
  service: string,
): Promise<CaseDatabase | undefined> {
  const { servers, guard } = environment;
  const { db } = permutation.axes;
  if (db === undefined || db === "none") return undefined;
  const name = `case_${index}_${service}`;
  const database =
    db === "postgres"
      ? await createPostgresDatabase((await servers.postgres()).url, name)
      : createSqliteDatabase(join(guard.folder, `${name}.db`));
  undo.push(() => database.drop());
  return database;
}

/** Which connections of a testee its case does something to. */
function cutConnections(
  { axes, case: { given, then } }: Permutation,
  name: string,
): { broker: boolean; database: boolean } {
  const steps = [...given, ...then].map((step) => expand(step, withAxes(axes)));
  const acts = steps.flatMap(inner).filter((step) => step.network && (step.on ?? "A") === name);
  const targets = acts.map(({ network }) => (network as { to?: string }).to ?? "broker");
  return { broker: targets.includes("broker"), database: targets.includes("database") };
}

function inner(step: Json): { network?: Json; on?: Json }[] {
  if (!isJsonObject(step)) return [];
  const { repeat } = step;
  return isJsonObject(repeat) ? (repeat.steps as Json[]).flatMap(inner) : [step];
}

/** A proxy before a port; its bytes go into the wire log. */
async function proxyTo(
  { undo }: Setup,
  { log }: CaseContext,
  { port, name }: { readonly port: number | undefined; readonly name: string },
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
