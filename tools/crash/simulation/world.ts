import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../sdk/ts/src/core/clock.ts";
import type { ContractReader } from "../../../sdk/ts/src/core/contract/contract-reader.ts";
import { createContractReader } from "../../../sdk/ts/src/core/contract/contract-reader.ts";
import type { Database, Sql } from "../../../sdk/ts/src/core/database.ts";
import type { Validate } from "../../../sdk/ts/src/core/validate.ts";
import { createSqliteMigrator, openSqlite } from "../../../sdk/ts/src/sqlite/index.ts";
import type { Disturbance } from "../../../sdk/ts/src/testing/history/index.ts";
import { createVirtualClock } from "../../../sdk/ts/src/testing/virtual-clock.ts";
import { createValidation } from "../../../sdk/ts/src/validation/validation.ts";
import type { ProofContract } from "../contract/contract.ts";
import { ledgerTables } from "../ledger.ts";
import type { Scene } from "../read-history.ts";
import { nothingRedriven, type Redriven } from "../redrive.ts";
import { type BrokerFaults, withBrokerFaults } from "./broker-faults.ts";
import { openRestorableBroker } from "./restorable-broker.ts";

/** What outlives every process of a run: the database, the broker, and time. */
export interface World extends AsyncDisposable, Scene {
  readonly clock: Clock;
  readonly database: Database<Sql, Sql>;
  /** Keeps a copy of what the broker has. */
  saveBroker(): void;
  /** Puts the copy in the place of what came since, as after the loss of a disk. */
  restoreBroker(): Promise<void>;
  readonly faults: BrokerFaults;
  readonly contracts: ContractReader;
  readonly validate: Validate;
  /** Runs of each event by each consumer, as something outside of all transactions counts them. */
  readonly calls: Map<string, number>;
  /** Times during which nobody can expect progress. */
  readonly disturbances: Disturbance[];
  /** Says that something is wrong from now on for so long. */
  noteDisturbance(durationMs: number): void;
  /** What happened to the surroundings of the processes. */
  readonly happened: string[];
  /** What somebody asked to run again. */
  readonly redriven: Redriven;
  /** Draws the ids of a source. Sources draw the same ones, so that whoever mixes them up is found. */
  nextId(source: string): string;
}

/** What all runs share, because it never changes. */
export interface WorldParts {
  readonly contract: ProofContract;
  readonly contracts: ContractReader;
  readonly validate: Validate;
}

/** Reads the contracts once for all runs. */
export function prepareWorlds(contract: ProofContract): WorldParts {
  return { contract, contracts: createContractReader(), validate: createValidation() };
}

/** Time after a disturbance that waits and retries take, in milliseconds. */
const recoveryMs = 3_000;

/** Memory, where the machine offers it as a folder: a run makes and drops files by the dozen. */
const filesRoot = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** Opens a database and a broker without content. */
export async function openWorld(
  parts: WorldParts,
  { dedupeWindowMs, mutations }: { readonly dedupeWindowMs: number; readonly mutations: readonly string[] },
): Promise<World> {
  const folder = mkdtempSync(join(filesRoot, "concord-crash-"));
  const clock = createVirtualClock();
  const probe = { reach: async () => {}, without: (mutation: string) => mutations.includes(mutation) };
  const database = openSqlite({ path: join(folder, "services.db"), durable: false, probe });
  await createSqliteMigrator(database).migrate();
  for (const text of ledgerTables.sqlite) await database.db.query(text);
  const broker = await openRestorableBroker(join(folder, "broker.db"), clock);
  await broker.transport.provision(streamSpecs(parts, dedupeWindowMs));
  const faults: BrokerFaults = { isDown: false, isFull: false, isMended: false };
  const counts = new Map<string, number>();
  const disturbances: Disturbance[] = [];
  return {
    ...parts,
    clock,
    database,
    databases: [database.db],
    broker: withBrokerFaults(broker.transport, faults),
    saveBroker: broker.save,
    restoreBroker: broker.restore,
    faults,
    calls: new Map(),
    redriven: nothingRedriven(),
    happened: [],
    disturbances,
    noteDisturbance: (durationMs) =>
      disturbances.push({ fromMs: clock.now(), toMs: clock.now() + durationMs + recoveryMs }),
    nextId(source) {
      const count = (counts.get(source) ?? 0) + 1;
      counts.set(source, count);
      return toId(clock.now(), count);
    },
    async [Symbol.asyncDispose]() {
      await broker.transport.close();
      await database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function streamSpecs({ contract, contracts }: WorldParts, dedupeWindowMs: number) {
  const events = [contract.step, contract.deposit, contract.answer].map(({ file }) => {
    const { name, partitions } = contracts.stream(file);
    return {
      name: `evt-${name}`,
      subjects: [`evt.${name}.>`],
      partitions,
      retentionMs: 90 * 86_400_000,
      dedupeWindowMs,
    };
  });
  const own = ["worker", "auditor"].flatMap((service) =>
    ["dlq", "rdr"].map((tree) => ({
      name: `${tree}-${service}`,
      subjects: [`${tree}.${service}.>`],
      partitions: 1,
      retentionMs: 90 * 86_400_000,
      dedupeWindowMs,
    })),
  );
  return [...events, ...own];
}

/** A UUIDv7 that counts; two sources that have drawn as many ids at one time have the same one. */
function toId(timeMs: number, count: number): string {
  const time = Math.floor(timeMs / 60_000) * 60_000;
  const hex = time.toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${count.toString(16).padStart(12, "0")}`;
}
