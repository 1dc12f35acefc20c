import { readFile, writeFile } from "node:fs/promises";
import { SuiteError } from "../suite/suite-error.ts";
import type { PlantOutcome } from "./run-plants.ts";

const begin = "<!-- faults -->\n";
const end = "<!-- /faults -->";
const notCaught = "**not caught**";
const maxChars = 160;

/** One fault in the table: what its case expected, and what it observed. */
export interface PlantRow {
  readonly fault: string;
  readonly caseId: string;
  readonly verdict: string;
}

/** The rows of outcomes. */
export function plantRows(outcomes: readonly PlantOutcome[]): PlantRow[] {
  return outcomes.map(({ fault, caseId, caughtBy, problem }) => {
    const missed = problem ? `${notCaught}: ${oneLine(problem)}` : notCaught;
    const verdict = caughtBy ? `${oneLine(caughtBy.expected)} - ${oneLine(caughtBy.observed)}` : missed;
    return { fault, caseId, verdict };
  });
}

/** The table of `conformance/README.md`, and how many of the faults were caught. */
export function plantTable(rows: readonly PlantRow[]): string {
  const caught = rows.filter(isCaught).length;
  return [
    "| fault | case | expected - observed |",
    "|---|---|---|",
    ...rows.map(({ fault, caseId, verdict }) => `| ${fault} | ${caseId} | ${verdict} |`),
    "",
    `${caught} of ${rows.length} planted faults caught`,
  ].join("\n");
}

/** Whether a case saw the fault. */
export function isCaught({ verdict }: PlantRow): boolean {
  return !verdict.startsWith(notCaught);
}

/**
 * Reads the table of a page.
 * @throws {SuiteError} when the page has no place for one.
 */
export function readPlantTable(page: string): PlantRow[] {
  const table = cut(page)[1];
  return [...table.matchAll(/^\| ([a-z0-9-]+) \| ([A-Z]\d+) \| (.*) \|$/gm)].map(([, fault, caseId, verdict]) => ({
    fault: fault!,
    caseId: caseId!,
    verdict: verdict!,
  }));
}

/** What a row is about, for the names that {@link writePlantTable} takes. */
export function rowName({ fault, caseId }: Pick<PlantRow, "fault" | "caseId">): string {
  return `${fault} ${caseId}`;
}

/** Writes rows into the table of a page. Others stay, as far as their case still names their fault ({@link rowName}). */
export async function writePlantTable(
  path: string,
  rows: readonly PlantRow[],
  named: ReadonlySet<string>,
): Promise<PlantRow[]> {
  const page = await readFile(path, "utf8");
  const [before, , after] = cut(page);
  const fresh = new Set(rows.map(rowName));
  const kept = readPlantTable(page).filter((row) => named.has(rowName(row)) && !fresh.has(rowName(row)));
  const all = [...kept, ...rows].sort(byCase);
  await writeFile(path, `${before}${begin}${plantTable(all)}\n${end}${after}`);
  return all;
}

/** Cases in the order of their ids. */
export function byCase(left: PlantRow, right: PlantRow): number {
  const order = left.caseId.localeCompare(right.caseId, "en", { numeric: true });
  return order === 0 ? left.fault.localeCompare(right.fault) : order;
}

function cut(page: string): [before: string, table: string, after: string] {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new SuiteError(`the page has no lines ${begin.trim()} and ${end}`);
  return [page.slice(0, from), page.slice(from + begin.length, to), page.slice(to + end.length)];
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").replaceAll("|", "\\|");
  return line.length > maxChars ? `${line.slice(0, maxChars)}…` : line;
}
