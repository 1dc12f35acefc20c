import { existsSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import type { Report } from "./report.ts";

/** Reads the reports of a proof that is done in pieces; none when there is no file yet. */
export async function readProof(file: string): Promise<Report[]> {
  return existsSync(file) ? (JSON.parse(await readFile(file, "utf8")) as Report[]) : [];
}

/** Writes all reports of a proof, or none of them. */
export async function saveProof(file: string, reports: readonly Report[]): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(reports, undefined, 1));
  await rename(`${file}.new`, file);
}

/** The first seed that a transport has not seen. */
export function nextSeed(reports: readonly Report[], transport: string): number {
  const last = reports.filter((report) => report.transport === transport).map(({ seeds }) => seeds[1]);
  return Math.max(0, ...last) + 1;
}
