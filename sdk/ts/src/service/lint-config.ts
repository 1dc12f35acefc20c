import { streamContract } from "../core/contract/stream-contract.ts";
import type { ServiceConfig } from "./config.ts";
import type { ServiceContracts } from "./contracts.ts";

/** One setting that contradicts another, with the reason and the way out. */
export interface ConfigFinding {
  /** `refuse`: the service does not start with it. `warn`: it starts and says so. */
  readonly verdict: "refuse" | "warn";
  /** The variable to change. */
  readonly variable: string;
  readonly message: string;
}

/** What is judged together. */
export interface ConfigJudgement {
  readonly config: ServiceConfig;
  readonly contracts: Pick<ServiceContracts, "handled">;
  /** The service keeps its positions with acknowledgements at the broker. */
  readonly stateless: boolean;
}

type Rule = (judgement: ConfigJudgement) => Omit<ConfigFinding, "verdict"> | undefined;

const dayMs = 86_400_000;

const refusals: readonly Rule[] = [leaseBelowHeartbeat, parkBeyondHandler];
const warnings: readonly Rule[] = [
  leaseShort,
  leaseLong,
  inboxShorterThanStream,
  drainShorterThanHandler,
  concurrencyBeyondServer,
];

/** Finds every unsafe combination of settings and contracts before anything is opened. */
export function lintConfig(judgement: ConfigJudgement): readonly ConfigFinding[] {
  const judge = (rules: readonly Rule[], verdict: ConfigFinding["verdict"]) =>
    rules.flatMap((rule) => {
      const finding = rule(judgement);
      return finding ? [{ verdict, ...finding }] : [];
    });
  return [...judge(refusals, "refuse"), ...judge(warnings, "warn")];
}

function leaseBelowHeartbeat({ config, stateless }: ConfigJudgement) {
  if (stateless || config.leaseMs >= 300) return undefined;
  const message = `a lease of ${config.leaseMs} ms ends between two heartbeats, so partitions wander; give at least 300, better 10000`;
  return { variable: "CONCORD_LEASE_MS", message };
}

function leaseShort({ config, stateless }: ConfigJudgement) {
  if (stateless || config.leaseMs < 300 || config.leaseMs >= 2_000) return undefined;
  const message = `with a lease of ${config.leaseMs} ms a pause of the process hands its partitions over and work is repeated; give at least 2000`;
  return { variable: "CONCORD_LEASE_MS", message };
}

function leaseLong({ config, stateless }: ConfigJudgement) {
  if (stateless || config.leaseMs <= 60_000) return undefined;
  const message = `after a crash a replica's partitions rest for a lease of ${config.leaseMs} ms; give at most 60000`;
  return { variable: "CONCORD_LEASE_MS", message };
}

function parkBeyondHandler({ config, contracts, stateless }: ConfigJudgement) {
  const longest = longestHandlerMs(contracts);
  if (stateless || config.parkAfterMs <= Math.max(longest, 60_000)) return undefined;
  const message = `waits up to ${config.parkAfterMs} ms would be kept in memory and hold back the position; give at most 60000`;
  return { variable: "CONCORD_PARK_AFTER_MS", message };
}

/** Trap T8: an event older than the inbox remembers is not handled but dead-lettered. */
function inboxShorterThanStream({ config, contracts, stateless }: ConfigJudgement) {
  const kept = contracts.handled.map(({ schema }) => streamContract(schema.file));
  const longest = kept.reduce((a, b) => (a && a.retentionMs >= b.retentionMs ? a : b), kept[0]);
  if (stateless || !longest || config.inboxDays === undefined) return undefined;
  if (config.inboxDays * dayMs >= longest.retentionMs) return undefined;
  const days = Math.ceil(longest.retentionMs / dayMs);
  const message = `stream ${longest.name} keeps ${days} days and the inbox ${config.inboxDays}: events that come later than that become dead letters (too_old); give ${days} to take them`;
  return { variable: "CONCORD_INBOX_DAYS", message };
}

function drainShorterThanHandler({ config, contracts }: ConfigJudgement) {
  const longest = longestHandlerMs(contracts);
  if (config.drainTimeoutMs >= longest) return undefined;
  const message = `a handler may take ${longest} ms and a stop waits ${config.drainTimeoutMs}: one that takes longer is aborted and runs again`;
  return { variable: "CONCORD_DRAIN_TIMEOUT_MS", message };
}

function concurrencyBeyondServer({ config, stateless }: ConfigJudgement) {
  if (stateless || !config.databaseUrl.startsWith("postgres") || config.concurrency <= 80) return undefined;
  const message = `${config.concurrency} handlers at once need as many connections, and PostgreSQL allows 100 by default; give fewer or raise max_connections`;
  return { variable: "CONCORD_CONCURRENCY", message };
}

/** The longest time that a handler of the service may take, in milliseconds. */
export function longestHandlerMs({ handled }: Pick<ServiceContracts, "handled">): number {
  return Math.max(0, ...handled.map(({ retry }) => retry.handlerTimeoutMs));
}
