import { setTimeout as delay } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { ConfigureRequestSchema, RetryConfigSchema } from "@concord/gen/concord/conformance/v1/settings_pb.js";
import type { NatsBroker } from "../broker/nats-broker.ts";
import type { CaseDatabase } from "../database/case-database.ts";
import { createPostgresDatabase } from "../database/postgres-database.ts";
import type { Verdict } from "../expectations/verdict.ts";
import type { TesteeProfile } from "../suite/profile.ts";
import type { ProcessGuard } from "../testee/process-guard.ts";
import { createWireLog, type WireLog } from "../testee/wire-log.ts";
import { createGenerator } from "../wire/random-envelope.ts";
import { type Accident, leaseTtlMs, planAccidents } from "./accidents.ts";
import { castOf, castText, type Part } from "./cast.ts";
import { judgeLedger, type Ledger, readLedger, type Traces, unfinished } from "./ledger.ts";
import { createPlayer, type Player } from "./player.ts";
import { crashScript, createCounter, produce } from "./workload.ts";

/** What a crash run needs. */
export interface CrashOptions {
  readonly seed: bigint;
  readonly profiles: readonly TesteeProfile[];
  /** A fault for the implementation that is to break a promise, so that this harness is seen to notice. */
  readonly planted?: { readonly peer: string; readonly fault: string } | undefined;
  readonly guard: ProcessGuard;
  readonly broker: NatsBroker;
  /** URL of PostgreSQL's own database. */
  readonly postgresUrl: string;
  /** Times that deadlines are multiplied. */
  readonly patience: number;
  readonly signal: AbortSignal;
}

/** What became of a crash run. */
export interface CrashResult {
  readonly seed: bigint;
  readonly cast: string;
  readonly events: number;
  readonly deaths: number;
  readonly deathsAtPoints: number;
  readonly freezes: number;
  readonly disconnects: number;
  readonly redriven: number;
  readonly seconds: number;
  readonly violations: readonly string[];
  readonly log: WireLog;
}

const service = "counter";
const accidentsOfRun = 16;
const eventsPerAccident = 20;
/** How long it may take until all is quiet, in milliseconds. */
const calmDeadlineMs = 60_000;
const lookMs = 150;

/** Plays one run: processes of several languages on one broker and one database, killed and frozen, then its history. */
export async function runCrash(options: CrashOptions): Promise<CrashResult> {
  const { seed, profiles, broker } = options;
  const started = performance.now();
  const log = createWireLog();
  const namespace = `crash${seed}`;
  const database = await createPostgresDatabase(options.postgresUrl, `crash_${seed}`);
  const peers = profiles.map(({ name }) => name);
  const parts = castOf(Number(seed % BigInt(peers.length + 1)), peers);
  const traces = { service, namespace, broker, database };
  const players = await createPlayers(parts, { ...options, database, namespace, log });
  const counts = { freezes: 0, disconnects: 0, redriven: 0 };
  try {
    await storm(players, database, options, log, counts);
    const stuck = await calm(players, traces, counts, options);
    if (stuck === undefined) await Promise.all(players.map((player) => player.end()));
    const ledger = await readLedger(traces);
    const violations = stuck === undefined ? violationsOf(await judgeLedger(ledger, traces)) : [stuck];
    return {
      seed,
      cast: castText(parts),
      events: ledger.commits.length,
      deaths: sum(players.map(({ deaths }) => deaths)),
      deathsAtPoints: sum(players.map(({ deathsAtPoints }) => deathsAtPoints)),
      ...counts,
      seconds: (performance.now() - started) / 1_000,
      violations: [...violations, ...players.flatMap(({ faults }) => faults)],
      log,
    };
  } finally {
    await Promise.all(players.map((player) => player.abandon()));
    await database.drop().catch(() => {});
  }
}

interface Stage extends CrashOptions {
  readonly database: CaseDatabase;
  readonly namespace: string;
  readonly log: WireLog;
}

/** The first process migrates the database and makes the streams; the others then start at once. */
async function createPlayers(parts: readonly Part[], stage: Stage): Promise<Player[]> {
  const { profiles, guard, namespace, broker, database, seed, log, planted, patience } = stage;
  const settings = create(ConfigureRequestSchema, {
    ns: namespace,
    service,
    brokerUrl: broker.server.url,
    databaseUrl: database.url,
    seed,
    // Longer than events wait before they are parked.
    retry: create(RetryConfigSchema, { initialMs: 300, maxMs: 600, maxAttempts: 50 }),
    parkAfterMs: 100,
    leaseTtlMs,
    pollMs: 100,
  });
  const script = crashScript();
  const play = (part: Part) => {
    const profile = profiles.find(({ name }) => name === part.peer)!;
    const extraArgs = planted?.peer === part.peer ? ["--plant", planted.fault] : [];
    const own = part.role === "consumer" ? script : [];
    return createPlayer({ part, profile, extraArgs, guard, patience, settings, log, script: own });
  };
  const first = play(parts[0]!);
  await first.request({ case: "provision", value: { fixture: "counted" } });
  const others = parts.slice(1).map(play);
  await Promise.all(others.map((player) => player.alive()));
  return [first, ...others];
}

interface Counts {
  freezes: number;
  disconnects: number;
  redriven: number;
}

/** Producers publish while one accident follows the other, each to a process that lives. */
async function storm(
  players: readonly Player[],
  database: CaseDatabase,
  { seed, signal: interrupted }: CrashOptions,
  log: WireLog,
  counts: Counts,
): Promise<void> {
  const { below } = createGenerator(seed);
  const counter = createCounter();
  const over = new AbortController();
  const signal = AbortSignal.any([interrupted, over.signal]);
  const producing = players
    .filter(({ part }) => part.role === "producer")
    .map((player) => produce(player, counter, { below, signal }));
  const parts = players.map(({ part }) => part);
  for (const { afterMs, accident } of planAccidents(parts, below).take(accidentsOfRun)) {
    if (interrupted.aborted) break;
    counter.allow(eventsPerAccident);
    await delay(afterMs);
    await cause(accident, players, database, counts);
    log.add("accident", { ...accident });
  }
  over.abort();
  await Promise.all(producing);
}

async function cause(
  accident: Accident,
  players: readonly Player[],
  database: CaseDatabase,
  counts: Counts,
): Promise<void> {
  if (accident.kind === "disconnect") {
    counts.disconnects++;
    return database.disconnect();
  }
  const player = players.find(({ part }) => part.name === accident.part)!;
  await player.alive();
  if (accident.kind === "kill") return player.kill();
  if (accident.kind === "die_at") return player.dieAt(accident.point, accident.nth);
  counts.freezes++;
  void player.freeze(accident.ms);
}

/** Lets all come to rest, sends dead letters back, and waits again; gives what is stuck. */
async function calm(
  players: readonly Player[],
  traces: Traces,
  counts: Counts,
  { patience, signal }: CrashOptions,
): Promise<string | undefined> {
  const deadline = performance.now() + calmDeadlineMs * patience;
  const operator = players.findLast(({ part }) => part.role === "consumer")!;
  const asked = new Set<number>();
  for (;;) {
    const ledger = await readLedger(traces);
    const left = unfinished(ledger);
    if (left.length + ledger.waiting + ledger.parked === 0) return undefined;
    if (performance.now() > deadline || signal.aborted) return stuckText(ledger);
    counts.redriven += await redriveAll(operator, traces, asked);
    await delay(lookMs);
  }
}

function stuckText(ledger: Ledger): string {
  const left = unfinished(ledger).map(({ key, n }) => `${key}:${n}`);
  return `stuck: ${left.length} events without an effect (${left.slice(0, 8).join(" ")}), ${ledger.waiting} rows in the outbox, ${ledger.parked} parked`;
}

/** Asks for another run of each dead letter; who was killed meanwhile is asked again. */
async function redriveAll(operator: Player, { broker, namespace }: Traces, asked: Set<number>): Promise<number> {
  const stream = `${namespace}-dlq-${service}`;
  let redriven = 0;
  for (const { seq } of await broker.streams.messages(stream)) {
    if (asked.has(seq)) continue;
    try {
      await operator.request({ case: "redrive", value: { service, stream, seq: BigInt(seq) } });
      asked.add(seq);
      redriven++;
    } catch {
      // It died, or the letter is gone: the next look tells.
    }
  }
  return redriven;
}

function violationsOf(verdicts: readonly Verdict[]): string[] {
  return verdicts.filter(({ ok }) => !ok).map(({ expected, observed }) => `${expected}: ${observed}`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
