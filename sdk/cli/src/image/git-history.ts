import { CommandError, exitCodes } from "../command-error.ts";
import { runTool, type ToolOptions } from "./run-tool.ts";

/** A state of the contracts to compare with. */
export interface Baseline {
  /** As it was given or found: a tag, a branch, a commit. */
  readonly ref: string;
  readonly commit: string;
  /** Why it is compared with, to be told. */
  readonly reason: string;
}

/** A tag that marks a release. */
export interface ReleaseTag {
  readonly name: string;
  readonly commit: string;
  /** When it was made. */
  readonly timeMs: number;
}

/** The git repository around a folder. */
export interface GitHistory {
  /** @throws {CommandError} when git knows no such commit. */
  resolve(ref: string): Promise<string>;
  /** The release tags before the current commit, newest first: `v1.2.3` or `1.2.3`, with or without a prefix and `/` or `@`. */
  releaseTags(): Promise<readonly ReleaseTag[]>;
  /** The commit where the current branch left the main one; undefined when there is no main branch. */
  mergeBase(): Promise<{ readonly branch: string; readonly commit: string } | undefined>;
}

const releaseName = /(^|[/@])v?\d+\.\d+(\.\d+)?([-+].*)?$/;
const mainBranches = ["origin/HEAD", "origin/main", "origin/master", "main", "master"];

/**
 * Opens the repository that a folder lies in.
 * @throws {CommandError} when it lies in none.
 */
export async function openGitHistory(options: ToolOptions): Promise<GitHistory> {
  const git = async (...args: string[]) => {
    const { code, stdout } = await runTool("git", args, options);
    return code === 0 ? stdout.toString().trim() : undefined;
  };
  if ((await git("rev-parse", "--absolute-git-dir")) === undefined) {
    throw new CommandError(
      exitCodes.wrongUse,
      `${options.cwd} is in no git repository, so there is nothing to compare with`,
    );
  }
  return {
    resolve: async (ref) =>
      (await git("rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`)) ?? unknownRef(ref),
    releaseTags: async () =>
      parseTags((await git("for-each-ref", "--merged=HEAD", `--format=${tagFormat}`, "refs/tags")) ?? ""),
    mergeBase: () => findMergeBase(git),
  };
}

const tagFormat =
  "%(refname:short)%09%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)%09%(creatordate:unix)";

function parseTags(text: string): ReleaseTag[] {
  return text
    .split("\n")
    .map((line) => line.split("\t"))
    .filter(([name]) => releaseName.test(name ?? ""))
    .map(([name, commit, seconds]) => ({ name: name!, commit: commit!, timeMs: Number(seconds) * 1_000 }))
    .sort((left, right) => right.timeMs - left.timeMs);
}

async function findMergeBase(git: (...args: string[]) => Promise<string | undefined>) {
  for (const branch of mainBranches) {
    const commit = await git("merge-base", "HEAD", branch);
    if (commit) return { branch, commit };
  }
  return undefined;
}

function unknownRef(ref: string): never {
  throw new CommandError(exitCodes.wrongUse, `git knows no commit "${ref}"; fetch it, or name another`);
}
