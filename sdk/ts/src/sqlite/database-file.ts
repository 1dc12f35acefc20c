import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { ConcordError } from "../core/error.ts";

/** A file to open, in a folder that exists. */
export interface DatabaseFile {
  readonly path: string;
  /** Deletes the file when it was meant for this process only. */
  remove(): void;
}

/**
 * Finds the file that a path, a `sqlite:` URL or `:memory:` names, and makes its folder.
 * @throws {ConcordError} `permission_denied` when the folder cannot be made.
 */
export function placeFile(path: string): DatabaseFile {
  const name = path.replace(/^sqlite:(?:\/\/(?=\/))?/, "");
  if (name === ":memory:") return temporaryFile();
  const absolute = resolve(name);
  try {
    mkdirSync(dirname(absolute), { recursive: true });
  } catch (cause) {
    throw new ConcordError(
      "permission_denied",
      `the folder ${dirname(absolute)} of the database cannot be made; make it, or choose another path`,
      { cause },
    );
  }
  return { path: absolute, remove: () => {} };
}

/** A database in memory belongs to one connection; two connections need a file. */
function temporaryFile(): DatabaseFile {
  const folder = mkdtempSync(join(tmpdir(), "concord-sqlite-"));
  return { path: join(folder, "memory.db"), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
