import { file_shop_notifications_v1_notifications } from "@concord/gen/shop/notifications/v1/notifications_pb.js";
import { file_shop_orders_v1_orders } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { expect, test } from "vitest";
import type { GitHistory, ReleaseTag } from "../image/git-history.ts";
import { chooseBaselines } from "./choose-baselines.ts";

const dayMs = 86_400_000;
const now = 1_000 * dayMs;
/** Their streams keep events for 30 and for 3 days. */
const contracts = [file_shop_orders_v1_orders, file_shop_notifications_v1_notifications];

function history(daysAgo: Readonly<Record<string, number>>, mergeBase?: string): GitHistory {
  const tags: ReleaseTag[] = Object.entries(daysAgo).map(([name, days]) => ({
    name,
    commit: `commit of ${name}`,
    timeMs: now - days * dayMs,
  }));
  return {
    resolve: async (ref) => ref,
    releaseTags: async () => tags,
    mergeBase: async () => (mergeBase === undefined ? undefined : { branch: "main", commit: mergeBase }),
  };
}

async function chosen(git: GitHistory): Promise<string[]> {
  return (await chooseBaselines(contracts, git, now)).map(({ ref }) => ref);
}

test("each release younger than the longest retention counts, and the one that was current when it began", async () => {
  expect(await chosen(history({ "v1.3": 1, "v1.2": 29, "v1.1": 31, "v1.0": 40 }))).toEqual(["v1.3", "v1.2", "v1.1"]);
});

test("the last release counts however old it is", async () => {
  expect(await chosen(history({ "v1.1": 300, "v1.0": 400 }))).toEqual(["v1.1"]);
});

test("without a release the merge base counts, and it is said why", async () => {
  expect(await chooseBaselines(contracts, history({}, "0123456789abcdef"), now)).toEqual([
    {
      ref: "0123456789ab",
      commit: "0123456789abcdef",
      reason: "there is no release tag; it is the merge base with main",
    },
  ]);
});

test("without a release and a main branch there is nothing to compare with", async () => {
  await expect(chosen(history({}))).rejects.toThrow("name one by --against");
});
