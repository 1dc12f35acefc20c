import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { build } from "./build.ts";

const folder = join(import.meta.dirname, "..", ".cache", "build");
const lock = join(folder, "lock");
const stamp = join(folder, "stamp");
const lookMs = 100;
const deadlineMs = 180_000;

/**
 * Builds the packages once in a run of the tests: those that pack them run side by side, and a build begins with removing what
 * the one before has made.
 * @throws {ProgramError} with the compiler's messages; {Error} when another's build does not end.
 */
export async function buildOnce(): Promise<void> {
  const run = process.env.CONCORD_TEST_RUN;
  if (run === undefined) return build();
  await mkdir(folder, { recursive: true });
  for (const until = Date.now() + deadlineMs; Date.now() < until; await delay(lookMs)) {
    if ((await contentOf(stamp)) === run) return;
    if (await takeLock(run)) return buildLocked(run);
  }
  throw new Error("the packages were not built in time by another test");
}

async function buildLocked(run: string): Promise<void> {
  try {
    if ((await contentOf(stamp)) === run) return;
    await build();
    await writeFile(stamp, run);
  } finally {
    await rm(lock, { force: true });
  }
}

/** What an earlier run has left locked is nobody's. */
async function takeLock(run: string): Promise<boolean> {
  const holder = await contentOf(lock);
  if (holder !== undefined && holder !== "" && holder !== run) await rm(lock, { force: true });
  try {
    await writeFile(lock, run, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function contentOf(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch(() => undefined);
}
