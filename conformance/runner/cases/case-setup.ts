import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createEmbeddedStreams } from "../broker/embedded-streams.ts";
import { type NatsBroker, startBroker } from "../broker/nats-broker.ts";
import type { CaseContext } from "../context/case-context.ts";
import { createCaseRpc } from "../rpc/case-rpc.ts";
import type { Permutation } from "../suite/permutations.ts";
import { createWireLog } from "../testee/wire-log.ts";
import { makeTestees } from "./case-testees.ts";
import type { RunEnvironment } from "./run-environment.ts";
import type { Setup } from "./setup.ts";
import { startIn } from "./start-testee.ts";

/** A case that can run, and what to do when it has. */
export interface PreparedCase {
  readonly context: CaseContext;
  /** Ends and removes whatever was made for it. */
  cleanUp(failed: boolean): Promise<void>;
}

const slowGroups = new Set(["N", "L", "A", "Y"]);
const slowTimeoutMs = 15_000;
const timeoutMs = 5_000;
const provisionDeadlineMs = 10_000;
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
  const setup: Setup = { environment, permutation, index, undo: [] };
  const cleanUp = async (failed: boolean) => {
    for (const each of setup.undo.toReversed()) await each(failed).catch(() => {});
  };
  try {
    const context = await makeContext(setup);
    await startTestees(context);
    context.deadlineAt = performance.now() + timeoutOf(permutation) * environment.patience;
    return { context, cleanUp };
  } catch (error) {
    await cleanUp(true);
    throw error;
  }
}

async function makeContext(setup: Setup): Promise<CaseContext> {
  const { environment, permutation, index, undo } = setup;
  const ns = namespaceOf(permutation, index);
  const broker = await brokerFor(setup);
  if (broker && !permutation.case.definition.ownBroker) undo.push(() => removeStreams(broker, `${ns}-`));
  const embedded = join(environment.guard.folder, `case-${index}.embedded.db`);
  const context: CaseContext = {
    permutation,
    ns,
    seed: environment.seed,
    patience: environment.patience,
    startedAtMs: Date.now(),
    deadlineAt: Number.POSITIVE_INFINITY,
    log: createWireLog(),
    testees: new Map(),
    broker,
    streams: broker?.streams ?? (permutation.embedded ? createEmbeddedStreams(embedded) : undefined),
    maxPayload: broker?.maxPayload ?? defaultMaxPayload,
    values: new Map(),
    doneAt: new Map(),
    pending: new Map(),
    runs: [],
    reports: [],
    published: [],
    counters: { id: 0, sentinel: 0 },
    rpc: createCaseRpc(broker && { url: broker.server.url, ns }),
    folder: environment.guard.folder,
    vectors: environment.vectors,
    start: (testee) => startIn(setup, context, testee),
  };
  const brokerUrl = broker?.server.url ?? (permutation.embedded ? pathToFileURL(embedded).href : "");
  undo.push(() => context.rpc.close());
  await makeTestees(setup, context, brokerUrl);
  return context;
}

async function startTestees(context: CaseContext): Promise<void> {
  const { permutation, testees } = context;
  const { definition } = permutation.case;
  for (const testee of testees.values()) {
    if (!definition.testees[testee.name]?.later) await context.start(testee);
  }
  if (permutation.level === "L0" || permutation.level === "R" || definition.bare) return;
  const provision = { case: "provision", value: { fixture: "counted" } } as const;
  await testees.get("A")?.process?.request(provision, provisionDeadlineMs);
}

function namespaceOf({ level, axes }: Permutation, index: number): string {
  // With a c before it the 805th case would be cmd, which no namespace may be.
  if (level !== "L0") return `t${index.toString(36)}`;
  return axes.ns === undefined || axes.ns === "none" ? "" : axes.ns;
}

async function brokerFor({ environment: { servers }, permutation, undo }: Setup): Promise<NatsBroker | undefined> {
  const { ownBroker } = permutation.case.definition;
  if (permutation.server === undefined) return undefined;
  if (!ownBroker) return servers.broker(permutation.server);
  const version = servers.version(permutation.server);
  const broker = await startBroker({ version, maxPayload: ownBroker.maxPayload || undefined });
  undo.push(() => broker.close());
  return broker;
}

async function removeStreams({ api, streams }: NatsBroker, prefix: string): Promise<void> {
  await Promise.all((await streams.names(prefix)).map((name) => api.call(`STREAM.DELETE.${name}`)));
}
