import type { DescFile } from "@bufbuild/protobuf";
import { createContractSet, streamContract } from "@concord/sdk/contract";
import { CommandError, exitCodes } from "../command-error.ts";
import type { Baseline, GitHistory } from "../image/git-history.ts";

const dayMs = 86_400_000;

/**
 * Chooses what contracts are compared with when nobody says: each release whose events a stream may still hold, which are
 * those younger than the longest retention and the one that was current when that time began. Without a release, the commit
 * where the branch left the main one.
 * @throws {CommandError} when there is neither.
 */
export async function chooseBaselines(
  contracts: Iterable<DescFile>,
  history: GitHistory,
  nowMs: number,
): Promise<Baseline[]> {
  const tags = await history.releaseTags();
  const retentionMs = longestRetentionMs(contracts);
  const firstOlder = tags.findIndex(({ timeMs }) => timeMs < nowMs - retentionMs);
  const wanted = firstOlder < 0 ? tags : tags.slice(0, firstOlder + 1);
  if (wanted.length > 0) {
    const reason = `a stream may hold its events: the longest retention is ${retentionMs / dayMs} days`;
    return wanted.map(({ name, commit }) => ({ ref: name, commit, reason }));
  }
  const base = await history.mergeBase();
  if (base) {
    return [
      {
        ref: base.commit.slice(0, 12),
        commit: base.commit,
        reason: `there is no release tag; it is the merge base with ${base.branch}`,
      },
    ];
  }
  throw new CommandError(
    exitCodes.wrongUse,
    "there is no release tag and no main branch to compare with; name one by --against",
  );
}

function longestRetentionMs(contracts: Iterable<DescFile>): number {
  const { streams } = createContractSet(contracts);
  return Math.max(0, ...streams.map(({ file }) => streamContract(file).retentionMs));
}
