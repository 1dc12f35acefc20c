import { readFile } from "node:fs/promises";
import type {
  Bounds,
  IdsExpectation,
  ProcessExpectation,
  ReportsExpectation,
  ValueExpectation,
} from "@concord/gen/concord/conformance/v1/expectation_pb.js";
import { type CaseContext, type CaseTestee, testeeOf } from "../context/case-context.ts";
import { timeOfUuid7 } from "../context/ids.ts";
import { difference, show } from "../match/match-value.ts";
import { jsonOf } from "../wire/bytes-value.ts";
import { allOf, type Verdict, within } from "./verdict.ts";

/** Looks at what a testee reported besides runs. */
export function checkReports(context: CaseContext, on: string, wanted: ReportsExpectation): Verdict {
  const testee = testeeOf(context, on);
  const count = (kind: string, name: string) =>
    context.reports.filter((report) => report.testee === testee.name && report.kind === kind && report.name === name)
      .length;
  const counted = (what: string, value: number): Verdict => {
    const { ok, text } = within(wanted.count ?? { min: 1 }, value);
    return { ok, expected: `${what}: ${text}`, observed: String(value) };
  };
  const log = testee.process?.stderr ?? "";
  return allOf([
    ...(wanted.atPoint ? [counted(`a flow blocked at ${wanted.atPoint}`, count("at_point", wanted.atPoint))] : []),
    ...(wanted.warning ? [counted(`the warning ${wanted.warning}`, count("warning", wanted.warning))] : []),
    ...(wanted.log ? [logged(`a log that says ${wanted.log}`, new RegExp(wanted.log).test(log))] : []),
    ...(wanted.logLacks ? [logged(`a log without ${wanted.logLacks}`, !new RegExp(wanted.logLacks).test(log))] : []),
  ]);
}

function logged(expected: string, ok: boolean): Verdict {
  return { ok, expected, observed: "another one, see the wire log" };
}

/** Looks at the process of a testee. */
export async function checkProcess(context: CaseContext, on: string, wanted: ProcessExpectation): Promise<Verdict> {
  const testee = testeeOf(context, on);
  const exit = testee.process?.exit;
  const observed = exit ? `ended with ${exit.signal ?? `exit code ${exit.code}`}` : "running";
  return allOf([
    ...(wanted.exitCode === undefined
      ? []
      : [{ ok: exit?.code === wanted.exitCode, expected: `exit code ${wanted.exitCode}`, observed }]),
    ...(wanted.signal ? [{ ok: exit?.signal === wanted.signal, expected: `end by ${wanted.signal}`, observed }] : []),
    ...(wanted.alive ? [{ ok: testee.process !== undefined && !exit, expected: "a process that runs", observed }] : []),
    ...(wanted.rssGrowthMib ? [await checkRss(testee, wanted.rssGrowthMib)] : []),
  ]);
}

async function checkRss(testee: CaseTestee, bounds: Bounds): Promise<Verdict> {
  const rss = await residentBytes(testee.process?.pid);
  const growth = (rss - testee.baseRssBytes) / 2 ** 20;
  const { ok, text } = within(bounds, growth);
  return { ok: ok || rss === 0, expected: `memory grows by ${text} MiB`, observed: `${growth.toFixed(1)} MiB` };
}

/** Resident memory of a process group's first member; 0 where the system does not tell. */
export async function residentBytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

/** Compares a value with its pattern. */
export function checkValue({ of, is }: ValueExpectation): Verdict {
  const [value, pattern] = [jsonOf(of), jsonOf(is)!];
  const found = difference(pattern, value);
  return { ok: found === undefined, expected: `a value like ${show(pattern)}`, observed: found ?? "it" };
}

/** Looks at ids. */
export function checkIds({ of, uuid7, rising, from, maxMs }: IdsExpectation): Verdict {
  const ids = (jsonOf(of) as string[] | undefined) ?? [];
  const times = ids.map(timeOfUuid7);
  const firstMs = from ? Date.parse(from) : Number.NEGATIVE_INFINITY;
  const lastMs = maxMs ? firstMs + maxMs : Number.POSITIVE_INFINITY;
  const observed = show(ids);
  return allOf([
    { ok: ids.length > 0, expected: "ids", observed },
    { ok: !uuid7 || times.every((time) => time !== undefined), expected: "ids that are UUIDv7", observed },
    {
      ok: !rising || ids.every((id, index) => index === 0 || id > ids[index - 1]!),
      expected: "ids that rise",
      observed,
    },
    {
      ok: !from || times.every((time) => time! >= firstMs && time! <= lastMs),
      expected: `ids of the time ${from}`,
      observed,
    },
  ]);
}
