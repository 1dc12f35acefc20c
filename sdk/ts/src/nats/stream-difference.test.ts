import type { StreamConfig } from "@nats-io/jetstream";
import { describe, expect, it } from "vitest";
import type { StreamSpec } from "../core/transport.ts";
import { toStreamConfig } from "./stream-config.ts";
import { compareStreams } from "./stream-difference.ts";

const spec: StreamSpec = {
  name: "evt-orders",
  subjects: ["evt.orders.>"],
  partitions: 8,
  retentionMs: 3_600_000,
  dedupeWindowMs: 120_000,
};
const existing = (change: Partial<StreamConfig> = {}) =>
  ({ ...toStreamConfig(spec, 1, false), ...change }) as StreamConfig;
const wanted = (change: Partial<StreamSpec> = {}, replicas = 1) =>
  toStreamConfig({ ...spec, ...change }, replicas, false);

describe("the difference of two streams", () => {
  it("is nothing where they are alike", () => {
    expect(compareStreams(existing(), wanted())).toEqual({ update: {}, changes: [], warnings: [] });
  });

  it("is applied where a limit grows, one sentence each", () => {
    const { update, changes, warnings } = compareStreams(
      existing({ max_msgs: 5, max_bytes: 1_000 }),
      wanted({ maxBytes: 2_000, retentionMs: 0 }, 3),
    );
    expect(update).toEqual({ max_age: 0, max_bytes: 2_000, max_msgs: -1, num_replicas: 3 });
    expect(changes).toEqual([
      "stream evt-orders: the retention was 3600000 ms, now unlimited",
      "stream evt-orders: the limit of bytes was 1000, now 2000",
      "stream evt-orders: the limit of messages was 5, now unlimited",
      "stream evt-orders: the number of replicas was 1, now 3",
    ]);
    expect(warnings).toEqual([]);
  });

  it("is left and told where a limit would shrink", () => {
    const { update, warnings } = compareStreams(
      existing({ num_replicas: 3 }),
      wanted({ retentionMs: 1_000, dedupeWindowMs: 1_000 }),
    );
    expect(update).toEqual({});
    expect(warnings.map((warning) => warning.split(";")[0])).toEqual([
      "stream evt-orders: the retention stays 3600000 ms",
      "stream evt-orders: the number of replicas stays 3",
      "stream evt-orders: the dedupe window stays 120000 ms",
    ]);
  });

  it.each([
    ["of another owner", { description: "orders of the old system" }, /belongs to others/],
    ["without a description", { description: undefined }, /belongs to others/],
    ["with other partitions", { description: "concord partitions=16" }, /16 partitions .* wants 8; keep the number/],
    ["in memory", { storage: "memory" }, /storage "memory"/],
    ["kept by interest", { retention: "interest" }, /retention "interest"/],
  ] as const)("refuses a stream %s", (_, change, message) => {
    expect(() => compareStreams(existing(change as Partial<StreamConfig>), wanted())).toThrow(
      expect.objectContaining({ code: "stream_conflict", message: expect.stringMatching(message) }),
    );
  });
});
