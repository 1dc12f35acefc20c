import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ReplayProgress } from "@concord/sdk";
import type { CommandContext } from "../command-context.ts";
import { CommandError, exitCodes } from "../command-error.ts";

/** What is kept of a replay that has not come to its end, so that the same command goes on with it. */
export interface ReplayNote {
  /** Number of a replay that repeats effects: the same in all runs of it, so that none is repeated twice. */
  readonly again: number | undefined;
  readonly progress: ReplayProgress;
  /** Events that earlier runs handed over. */
  readonly earlier: number;
  save(progress: ReplayProgress, count: number): Promise<void>;
  /** Forgets the replay, which is done. */
  remove(): Promise<void>;
}

interface NoteFile {
  readonly again?: number;
  readonly progress: Readonly<Record<string, string>>;
  readonly count: number;
}

/**
 * Opens the note of a replay in `.concord/`, or begins one. It is written before the first event goes out.
 * @param identity what makes two commands the same replay
 * @throws {CommandError} when there is one that does not read.
 */
export async function openReplayNote(
  { cwd }: Pick<CommandContext, "cwd">,
  identity: object,
  drawNumber: () => number | undefined,
): Promise<ReplayNote> {
  const digest = createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 16);
  const name = join(".concord", `replay-${digest}.json`);
  const path = join(cwd, name);
  const known = await readNote(path, name);
  const again = known ? known.again : drawNumber();
  const save = async (progress: ReplayProgress, count: number) => {
    const texts = Object.fromEntries(Object.entries(progress).map(([stream, reached]) => [stream, String(reached)]));
    await writeWhole(path, JSON.stringify({ again, progress: texts, count }));
  };
  if (!known) await save({}, 0);
  return {
    again,
    progress: Object.fromEntries(Object.entries(known?.progress ?? {}).map(([stream, at]) => [stream, BigInt(at)])),
    earlier: known?.count ?? 0,
    save,
    remove: () => rm(path, { force: true }),
  };
}

/** Undefined where there is none. One that does not read is not taken for none: effects would be repeated once more. */
async function readNote(path: string, name: string): Promise<NoteFile | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    const message = `the note "${name}" cannot be read; delete it to begin the replay anew`;
    throw new CommandError(exitCodes.wrongUse, message, { cause: error });
  }
}

/** A run that dies while it writes leaves the note as it was. */
async function writeWhole(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
}
