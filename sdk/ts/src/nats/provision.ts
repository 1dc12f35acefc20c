import { JetStreamApiError } from "@nats-io/jetstream";
import { isConcordError } from "../core/error.ts";
import type { ProvisionReport, StreamSpec, WaitOptions } from "../core/transport.ts";
import type { BrokerConnection } from "./connection.ts";
import { toStreamConfig, type WantedConfig } from "./stream-config.ts";
import { compareStreams } from "./stream-difference.ts";

/** Replicas of a stream in production: one server may fail without loss or pause. */
const clusterReplicas = 3;

/** nats-server's codes for replicas that it cannot place. */
const tooManyReplicas = new Set([10005, 10074]);
const nameTaken = 10058;

/**
 * Makes the streams that are missing and enlarges the others where wanted. Safe to run side by side.
 * @throws {ConcordError} `stream_conflict`, `permission_denied`, `unavailable`, `unsupported`, `failed_precondition`
 */
export async function provision(
  connection: BrokerConnection,
  specs: readonly StreamSpec[],
  atomicBatch: boolean,
  wait?: WaitOptions,
): Promise<ProvisionReport> {
  const changes: string[] = [];
  const warnings: string[] = [];
  for (const spec of specs) {
    const replicas = spec.replicas ?? (connection.server?.cluster ? clusterReplicas : 1);
    const wanted = toStreamConfig(spec, replicas, atomicBatch);
    const report = await provisionOne(connection, wanted, spec.replicas === undefined, wait);
    changes.push(...report.changes);
    warnings.push(...report.warnings);
  }
  return { changes, warnings };
}

async function provisionOne(
  connection: BrokerConnection,
  wanted: WantedConfig,
  mayHaveFewer: boolean,
  wait?: WaitOptions,
): Promise<ProvisionReport> {
  try {
    return (await update(connection, wanted, wait)) ?? (await create(connection, wanted, wait));
  } catch (thrown) {
    if (!mayHaveFewer || wanted.num_replicas === 1 || !tooManyReplicas.has(natsErrorCode(thrown))) throw thrown;
    const report = await provisionOne(connection, { ...wanted, num_replicas: 1 }, false, wait);
    const warning = `stream ${wanted.name}: the cluster has no room for ${wanted.num_replicas} replicas; it keeps fewer`;
    return { changes: report.changes, warnings: [...report.warnings, warning] };
  }
}

async function create(
  connection: BrokerConnection,
  wanted: WantedConfig,
  wait?: WaitOptions,
): Promise<ProvisionReport> {
  const what = `making stream ${wanted.name}`;
  try {
    await connection.call(what, ({ streams }) => streams.add(wanted), wait);
    return { changes: [`stream ${wanted.name}: made with ${wanted.num_replicas} replica(s)`], warnings: [] };
  } catch (thrown) {
    // Somebody else has made it meanwhile, with other settings.
    const report = natsErrorCode(thrown) === nameTaken ? await update(connection, wanted, wait) : undefined;
    if (!report) throw thrown;
    return report;
  }
}

/** Brings an existing stream up to date; undefined when there is none. */
async function update(
  connection: BrokerConnection,
  wanted: WantedConfig,
  wait?: WaitOptions,
): Promise<ProvisionReport | undefined> {
  const { name } = wanted;
  const existing = await connection
    .call(`looking up stream ${name}`, ({ streams }) => streams.info(name), wait)
    .catch((thrown: unknown) => {
      if (isConcordError(thrown, "not_found")) return undefined;
      throw thrown;
    });
  if (!existing) return undefined;
  const { update, changes, warnings } = compareStreams(existing.config, wanted);
  if (changes.length === 0) return { changes, warnings };
  try {
    await connection.call(`changing stream ${name}`, ({ streams }) => streams.update(name, update), wait);
    return { changes, warnings };
  } catch (thrown) {
    // Another service's stream: its owner brings it up to date when it starts with the newer contract.
    if (!isConcordError(thrown, "permission_denied")) throw thrown;
    const left = changes.map((change) => `${change} once its owner changes it: this user may not`);
    return { changes: [], warnings: [...warnings, ...left] };
  }
}

function natsErrorCode(thrown: unknown): number {
  if (isConcordError(thrown)) return Number(thrown.details.natsErrorCode ?? 0);
  return thrown instanceof JetStreamApiError ? thrown.code : 0;
}
