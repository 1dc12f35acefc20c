import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Sql } from "../../sdk/ts/src/core/database.ts";
import { ConcordError } from "../../sdk/ts/src/core/error.ts";
import type { Publish } from "../../sdk/ts/src/core/handler.ts";
import { escapeKeyToken } from "../../sdk/ts/src/core/key-token.ts";
import { partitionOf } from "../../sdk/ts/src/core/partition.ts";
import { outboxPartitions } from "../../sdk/ts/src/core/store/outbox-store.ts";
import type { SeededRandom } from "../../sdk/ts/src/testing/seeded-random.ts";
import type { ProofContract } from "./contract/contract.ts";
import { drawFate, type Fate, type FateMix, fateText, mayDie } from "./fate.ts";
import { recordCommit } from "./ledger.ts";

/** One event to publish. */
export interface Publication {
  /** Its key; undefined for none. */
  readonly account?: string | undefined;
  /** Only deposits. */
  readonly operation?: string | undefined;
  readonly fate: Fate;
  /** More than any broker takes: it must be refused, and its whole transaction with it. */
  readonly isOversized: boolean;
}

/** One transaction of a producer. */
export interface Job {
  readonly service: "alpha" | "beta";
  /** Time before it, in milliseconds. */
  readonly delayMs: number;
  readonly publications: readonly Publication[];
  /** Ends with a failure of its own, so nothing may come of it. */
  readonly rollsBack: boolean;
}

/** How jobs are drawn. */
export interface JobMix {
  readonly count: number;
  /** Number of keys. */
  readonly accounts: number;
  readonly delaysMs: readonly number[];
  readonly fates: FateMix;
}

/** Beyond the limit of every broker that a run plays on. */
const oversizeBytes = 1_100_000;

/** Draws so many transactions over so many keys. */
export function drawJobs(random: SeededRandom, { count, accounts, delaysMs, fates }: JobMix): Job[] {
  const names = drawAccounts(accounts);
  const jobs = Array.from({ length: count }, () => {
    const service = random.pick(["alpha", "alpha", "beta"] as const);
    return {
      service,
      delayMs: random.pick(delaysMs),
      publications: Array.from({ length: random.between(1, 3) }, () => drawPublication(random, service, names, fates)),
      rollsBack: random.chance(0.1),
    };
  });
  return withOneKiller(jobs);
}

/** Each event that kills its process costs many processes; several at once would only make a run long. */
function withOneKiller(jobs: readonly Job[]): Job[] {
  let killers = 0;
  const tame = (publication: Publication): Publication =>
    publication.fate.kind === "killer" && killers++ > 0 ? { ...publication, fate: { kind: "fine" } } : publication;
  return jobs.map((job) => ({ ...job, publications: job.publications.map(tame) }));
}

/** Keys of which half share a partition of the outbox, so that one can be seen to hold up another. */
function drawAccounts(count: number): string[] {
  const crowded: string[] = [];
  const others: string[] = [];
  for (let index = 0; crowded.length + others.length < count; index++) {
    const name = `account ${index}`;
    const isCrowded =
      partitionOf(escapeKeyToken(name), outboxPartitions) === partitionOf("account%200", outboxPartitions);
    const wanted = isCrowded ? crowded : others;
    if (wanted.length < Math.ceil(count / 2)) wanted.push(name);
  }
  return [...crowded, ...others];
}

function drawPublication(
  random: SeededRandom,
  service: Job["service"],
  accounts: readonly string[],
  fates: FateMix,
): Publication {
  const fate = drawFate(random, fates);
  const isOversized = random.chance(0.01);
  if (service === "beta") {
    return { account: random.pick(accounts), operation: `operation ${random.below(30)}`, fate, isOversized: false };
  }
  return { account: random.chance(0.85) ? random.pick(accounts) : undefined, fate, isOversized };
}

/** What a job is done with. */
export interface JobScope {
  readonly contract: ProofContract;
  readonly tx: Sql;
  readonly publish: Publish;
  /** The time that is written down. */
  readonly now: () => number;
}

/**
 * Publishes a job's events within a transaction and notes each in the ledger.
 * @throws {ConcordError} `failed_precondition` for a job that rolls back.
 */
export async function doJob({ service, publications, rollsBack }: Job, scope: JobScope): Promise<void> {
  const { contract, tx, publish, now } = scope;
  const schema = service === "alpha" ? contract.step : contract.deposit;
  for (const { account, operation, fate, isOversized } of publications) {
    const filler = isOversized ? { filler: new Uint8Array(oversizeBytes) } : {};
    const init = { account, operation, fate: fateText(fate), ...filler } as MessageInitShape<typeof schema>;
    const { id } = await publish(schema, init);
    const identity = { source: `/proof/${service}`, id, type: schema.typeName, key: account, operation };
    await recordCommit(tx, { ...identity, mayDie: mayDie(fate), atMs: now() });
  }
  if (rollsBack) throw new ConcordError("failed_precondition", "the business says no");
}
