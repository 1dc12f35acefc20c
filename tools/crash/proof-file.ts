import { existsSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import type { Report } from "./report.ts";

/** Reads what the pieces of a proof have shown so far; nothing when there is no file yet. */
export async function readPieces<Piece>(file: string): Promise<Piece[]> {
  return existsSync(file) ? (JSON.parse(await readFile(file, "utf8")) as Piece[]) : [];
}

/** Writes all pieces of a proof, or none of them. */
export async function savePieces<Piece>(file: string, pieces: readonly Piece[]): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(pieces, undefined, 1));
  await rename(`${file}.new`, file);
}

/** The first seed that a transport has not seen. */
export function nextSeed(reports: readonly Report[], transport: string): number {
  const last = reports.filter((report) => report.transport === transport).map(({ seeds }) => seeds[1]);
  return Math.max(0, ...last) + 1;
}
