import { probePoints } from "../../sdk/ts/src/core/probe.ts";
import { row, table } from "./markdown-table.ts";
import type { Report, ReportedViolation } from "./report.ts";

const titles: Readonly<Record<string, string>> = {
  nats: "Real processes on nats-server and PostgreSQL",
  embedded: "A real process on SQLite files",
  memory: "The same parts in memory, with played time, processes and connections",
};

/** Writes the reports of a proof as a document: one chapter for each transport. */
export function proofMarkdown(reports: readonly Report[]): string {
  const transports = Object.keys(titles).filter((name) => reports.some(({ transport }) => transport === name));
  const lines = [
    "# Crash report",
    "",
    "Written by `npm run crash -- --report FILE --write docs/proof/crash-report.md`; [how a run works](../../tools/crash/README.md),",
    "[what was found on the way](findings.md).",
    "",
    ...summary(transports, reports),
    ...transports.flatMap((name) => chapter(titles[name]!, ofTransport(reports, name))),
  ];
  return `${lines.join("\n")}\n`;
}

function summary(transports: readonly string[], reports: readonly Report[]): string[] {
  const rows = transports.map((name) => {
    const own = ofTransport(reports, name);
    const sums = [sum(own, ({ runs }) => runs), sum(own, ({ commits }) => commits), sum(own, ({ effects }) => effects)];
    const accidents = sum(own, (report) => total(report.accidents));
    const violating = sum(own, (report) => violationsByRun(report).size);
    return row([name, ...[...sums, accidents, violating].map(count)]);
  });
  return [
    ...table(["transport", "runs", "events committed", "effects", "accidents", "runs with a violation"]),
    ...rows,
    "",
    `Machine: ${[...new Set(reports.map(({ machine }) => machine))].join("; ")}`,
    "",
  ];
}

function chapter(title: string, reports: readonly Report[]): string[] {
  return [
    `## ${title}`,
    "",
    ...seriesTable(reports),
    "",
    ...accidentTables(reports),
    "",
    ...violationList(reports),
    "",
  ];
}

function seriesTable(reports: readonly Report[]): string[] {
  return [
    ...table(["commit", "seeds", "runs", "seconds", "runs/s", "versions"]),
    ...merge(reports).map(({ commit, seeds, runs, seconds, versions, point }) => {
      const range = `${count(seeds[0])} to ${count(seeds[1])}${point === undefined ? "" : ` at ${point}`}`;
      const speed = (runs / seconds).toFixed(2);
      return row([commit, range, count(runs), count(Math.round(seconds)), speed, versions.join(", ")]);
    }),
  ];
}

/** Pieces that follow each other at one commit become one row. */
function merge(reports: readonly Report[]): Report[] {
  const merged: Report[] = [];
  for (const report of reports) {
    const last = merged.at(-1);
    if (last === undefined || !follows(last, report)) merged.push(report);
    else {
      const runs = last.runs + report.runs;
      merged[merged.length - 1] = {
        ...last,
        seeds: [last.seeds[0], report.seeds[1]],
        runs,
        seconds: last.seconds + report.seconds,
      };
    }
  }
  return merged;
}

function follows(last: Report, { commit, point, seeds, versions }: Report): boolean {
  const isSame = last.commit === commit && last.point === point && last.versions.join() === versions.join();
  return isSame && last.seeds[1] + 1 === seeds[0];
}

/** What was done to whole processes and surroundings, and what at which point. */
function accidentTables(reports: readonly Report[]): string[] {
  const counts = new Map<string, number>();
  for (const { accidents } of reports)
    for (const [name, times] of Object.entries(accidents)) counts.set(name, (counts.get(name) ?? 0) + times);
  const byPlace = Map.groupBy(counts, ([name]) => name.split(" at ")[1]);
  const elsewhere = [...(byPlace.get(undefined) ?? [])].sort(([, a], [, b]) => b - a);
  const isPoint = (place: string | undefined) => (probePoints as readonly (string | undefined)[]).includes(place);
  const places = [...byPlace].filter(([place]) => place !== undefined);
  places.sort(([a], [b]) => rankOf(a) - rankOf(b));
  const missing = probePoints.filter((point) => !byPlace.has(point));
  return [
    ...(elsewhere.length > 0
      ? [`Accidents: ${elsewhere.map(([name, times]) => `${name} ${count(times)}`).join(" · ")}`, ""]
      : []),
    ...table(["where", "accidents"]),
    ...places.map(([place, entries]) => {
      const kinds = entries.map(([name, times]) => `${name.split(" at ")[0]} ${count(times)}`);
      return row([
        isPoint(place) ? `\`${place}\`` : `at ${place === "its end" ? place : `a ${place}`}`,
        kinds.join(" · "),
      ]);
    }),
    ...(missing.length > 0 ? ["", `No accident at: ${missing.join(", ")}`] : []),
  ];
}

/** Points in the order of the way that an event takes, everything else behind. */
function rankOf(place: string | undefined): number {
  const index = (probePoints as readonly (string | undefined)[]).indexOf(place);
  return index < 0 ? probePoints.length : index;
}

function violationList(reports: readonly Report[]): string[] {
  const lines = reports.flatMap((report) =>
    [...violationsByRun(report)].map(([seed, found]) => `- seed ${seed} at ${report.commit}: ${runText(found)}`),
  );
  return lines.length === 0
    ? ["No violation."]
    : ["Runs with violations, each explained in [the findings](findings.md):", "", ...lines];
}

function violationsByRun({ violations }: Report): Map<number, ReportedViolation[]> {
  return Map.groupBy(violations, ({ seed }) => seed);
}

/** In a run that came to no rest in time whatever was still on its way counts as lost: it says no more than the first line. */
function runText(violations: readonly ReportedViolation[]): string {
  const restless = violations.find(({ line }) => line.includes("no rest"));
  const rest = violations.filter((violation) => violation !== restless);
  if (!restless) return rest.map(({ line }) => line).join("; ");
  const kinds = Map.groupBy(rest, ({ kind }) => kind);
  const others = [...kinds].map(([kind, found]) => `${kind} × ${found.length}`);
  return [restless.line, ...(others.length > 0 ? [`therefore ${others.join(", ")}`] : [])].join("; ");
}

function ofTransport(reports: readonly Report[], name: string): Report[] {
  return reports.filter(({ transport }) => transport === name);
}

function sum(reports: readonly Report[], of: (report: Report) => number): number {
  return reports.reduce((all, report) => all + of(report), 0);
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, times) => all + times, 0);
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
