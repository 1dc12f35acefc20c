import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import type { Dialect } from "../core/database.ts";
import { ConcordError } from "../core/error.ts";

/** One numbered file of SQL. */
export interface Migration {
  /** Whose it is: Concord's own tables or the service's. */
  readonly origin: "concord" | "service";
  /** `NNNN_name.sql` */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file in hex, to see that a file that ran is still the same. */
  readonly checksum: string;
}

const namePattern = /^\d{4}_[a-z0-9_-]+\.sql$/;

/** The folder of Concord's own migrations: beside `sdk/ts` in the repository, at the root of the published package. */
export function findOwnFolder(dialect: Dialect): URL {
  const candidates = [`../../../migrations/${dialect}/`, `../../../../../migrations/${dialect}/`];
  const found = candidates.map((path) => new URL(path, import.meta.url)).find((url) => existsSync(url));
  if (found !== undefined) return found;
  throw new ConcordError("migration", `the SQL files of the ${dialect} tables are missing; install the package again`);
}

/**
 * Reads the numbered SQL files of a folder, in order. Files that do not end in `.sql` are left alone.
 * @throws {ConcordError} `migration` when the folder cannot be read, a file is not called `NNNN_name.sql`, or two have one
 * number.
 */
export async function readMigrations(origin: Migration["origin"], folder: URL): Promise<readonly Migration[]> {
  const names = await listFolder(folder);
  const seen = new Map<string, string>();
  for (const name of names) {
    if (!namePattern.test(name)) throw new ConcordError("migration", `${name} is not called NNNN_name.sql; rename it`);
    const other = seen.get(name.slice(0, 4));
    if (other !== undefined) throw new ConcordError("migration", `${other} and ${name} have one number; change one`);
    seen.set(name.slice(0, 4), name);
  }
  return Promise.all(names.map((name) => readMigration(origin, name, folder)));
}

async function listFolder(folder: URL): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  } catch (cause) {
    throw new ConcordError("migration", `the folder of migrations ${folder.pathname} cannot be read`, { cause });
  }
}

async function readMigration(origin: Migration["origin"], name: string, folder: URL): Promise<Migration> {
  const sql = (await readFile(new URL(name, folder), "utf8")).replaceAll("\r\n", "\n");
  return { origin, name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
}
