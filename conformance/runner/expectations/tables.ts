import type { DumpReply } from "@concord/gen/concord/conformance/v1/database_pb.js";
import type {
  DumpExpectation,
  EffectsExpectation,
  RowsExpectation,
} from "@concord/gen/concord/conformance/v1/expectation_pb.js";
import { type CaseContext, testeeOf } from "../context/case-context.ts";
import type { CaseDatabase } from "../database/case-database.ts";
import { difference, fits, show } from "../match/match-value.ts";
import type { Json, JsonObject } from "../suite/json.ts";
import { type KeyedList, noKey } from "../suite/run-notation.ts";
import { SuiteError } from "../suite/suite-error.ts";
import { jsonOf } from "../wire/bytes-value.ts";
import { compareLists } from "./runs.ts";
import { isSentinel } from "./sentinel.ts";
import { allOf, type Verdict, within } from "./verdict.ts";

/** The database of a testee. */
export function databaseFor(context: CaseContext, on: string): CaseDatabase {
  const { database, name } = testeeOf(context, on);
  if (database) return database;
  throw new SuiteError(`testee ${name} has no database: the case needs an axis db`);
}

/** Looks at what a table holds. */
export async function checkRows(context: CaseContext, on: string, wanted: RowsExpectation): Promise<Verdict> {
  const where = (wanted.where ?? {}) as JsonObject;
  const rows = (await databaseFor(context, on).rows(wanted.table)).filter((row) => fits(where, row));
  if (wanted.as) context.values.set(wanted.as, rows);
  const observed = `${rows.length} rows in ${wanted.table}${rows.length > 0 ? `, first ${show(rows[0])}` : ""}`;
  const pattern = wanted.rows.map((each) => jsonOf(each)!);
  return allOf([
    ...(wanted.count === undefined
      ? []
      : [{ ok: rows.length === wanted.count, expected: `${wanted.count} rows in ${wanted.table}`, observed }]),
    ...(wanted.between
      ? [
          {
            ok: within(wanted.between, rows.length).ok,
            expected: `${within(wanted.between, 0).text} rows in ${wanted.table}`,
            observed,
          },
        ]
      : []),
    ...(pattern.length === 0 ? [] : [fitting(wanted.table, pattern, rows)]),
    ...(wanted.each ? rows.map((row) => fitting(wanted.table, jsonOf(wanted.each)!, row)) : []),
  ]);
}

function fitting(table: string, pattern: Json, value: Json): Verdict {
  const found = difference(pattern, value);
  return { ok: found === undefined, expected: `${table} holds ${show(pattern)}`, observed: found ?? "it" };
}

/** One effect of a handler, as it stands in `cf_effects`. */
export interface Effect {
  readonly service: string;
  readonly source: string;
  readonly id: string;
  readonly key: string | undefined;
  readonly n: number;
}

/** The effects in a database in the order in which they were written, without those of sentinels. */
export async function readEffects(database: CaseDatabase): Promise<Effect[]> {
  const rows = await database.rows("cf_effects");
  return rows
    .map((row) => ({
      service: String(row.service),
      source: String(row.source),
      id: String(row.id),
      key: row.key === null ? undefined : String(row.key),
      n: Number(row.n),
    }))
    .filter(({ key }) => !isSentinel(key));
}

/** Looks at the effects in the order in which they were written. */
export async function checkEffects(context: CaseContext, on: string, wanted: EffectsExpectation): Promise<Verdict> {
  const service = wanted.service || testeeOf(context, on).service;
  const effects = (await readEffects(databaseFor(context, on))).filter((effect) => effect.service === service);
  const lists = new Map<string, string[]>();
  for (const { key = noKey, n } of effects) lists.set(key, [...(lists.get(key) ?? []), String(n)]);
  const actual: KeyedList[] = [...lists].map(([key, items]) => ({ key, items }));
  return compareLists(wanted.keys, actual, wanted.others, "effects");
}

const dumped = {
  outbox: "concord_outbox",
  inbox: "concord_inbox",
  parked: "concord_parked",
  leases: "concord_lease",
} as const;

/** Compares what a testee tells of its tables with what they hold (F25). */
export async function checkDump(context: CaseContext, on: string, { also }: DumpExpectation): Promise<Verdict> {
  const { process } = testeeOf(context, on);
  if (!process) return { ok: false, expected: "a testee that dumps", observed: "none" };
  const answer = await process.request({ case: "dump", value: {} }, 2_000);
  const dump = answer.value as DumpReply;
  const database = databaseFor(context, on);
  const pattern = jsonOf(also);
  const verdicts =
    pattern === undefined ? [] : [fitting("dump", pattern, { slots: dump.slots, buffered: dump.buffered })];
  for (const [name, table] of Object.entries(dumped)) {
    const told = (dump[name as keyof typeof dumped] as JsonObject[]).map(normal).sort();
    const held = (await database.rows(table)).map(normal).sort();
    const ok = told.length === held.length && told.every((row, index) => row === held[index]);
    verdicts.push({ ok, expected: `dump tells ${table}: ${show(held)}`, observed: show(told) });
  }
  return allOf(verdicts);
}

/** A row as text, so that order of columns and of rows does not count. */
function normal(row: JsonObject): string {
  const entries = Object.entries(row).filter(([, value]) => value !== null);
  return JSON.stringify(entries.map(([name, value]) => [name, String(value)]).sort());
}
