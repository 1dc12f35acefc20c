import { describe, expect, it } from "vitest";
import type { CaseContext } from "./case-context.ts";
import { lookupIn } from "./lookup.ts";

const context = (patience: number) =>
  ({
    permutation: { axes: { rpc: "grpc-h2c" } },
    ns: "t1",
    seed: 42n,
    patience,
    maxPayload: 1_048_576,
    startedAtMs: Date.parse("2025-01-02T03:04:05Z"),
    testees: new Map(),
    values: new Map([["pinged", { answers: [{ id: "a" }] }]]),
    rpc: { peerUrl: undefined },
    counters: { id: 0, sentinel: 0 },
  }) as unknown as CaseContext;

describe("the placeholders of a case", () => {
  it("multiply times of calls by the patience of the run", () => {
    expect(lookupIn(context(1))("ms:200")).toBe(200);
    expect(lookupIn(context(3))("ms:200")).toBe(600);
  });

  it("know axes, namespace, turn, and answers of earlier steps", () => {
    const lookup = lookupIn(context(1), 7);
    expect(["rpc", "ns.", "ns-", "i", "limit"].map(lookup)).toEqual(["grpc-h2c", "t1.", "t1-", 7, 1_032_192]);
    expect(lookup("pinged.answers.0.id")).toBe("a");
    expect(lookup("pinged.answers.1.id")).toBeUndefined();
    expect(lookup("peer")).toBeUndefined();
  });

  it("reckon times from the start of the case", () => {
    expect(lookupIn(context(1))("now-5")).toBe("2025-01-02T03:04:00.000Z");
  });
});
