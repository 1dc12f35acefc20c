import { create, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { HistoryExpectationSchema, RunsExpectationSchema } from "@concord/gen/concord/conformance/v1/expectation_pb.js";
import { EndReportSchema, StartReportSchema } from "@concord/gen/concord/conformance/v1/testee_report_pb.js";
import { describe, expect, it } from "vitest";
import type { CaseContext, PublishedEvent, RunEvent } from "../context/case-context.ts";
import type { JsonObject } from "../suite/json.ts";
import { parseMoment } from "../suite/run-notation.ts";
import { checkHistory } from "./history.ts";
import { checkRuns } from "./runs.ts";

/** Runs that took no time, in this order; a name with a dot at its end is the end of a run. */
function events(...moments: string[]): RunEvent[] {
  return moments.map((text, index) => {
    const { key, n, run, end } = parseMoment(text)!;
    const fields = { id: `${key}${n}`, source: "/s", key, n, attempt: run };
    if (end)
      return {
        testee: "A",
        at: index * 10,
        kind: "end",
        report: create(EndReportSchema, { ...fields, outcome: "ack" }),
      };
    return { testee: "A", at: index * 10, kind: "start", report: create(StartReportSchema, fields) };
  });
}

function runs(wanted: JsonObject, ...moments: string[]) {
  const context = { runs: events(...moments), doneAt: new Map() } as unknown as CaseContext;
  return checkRuns(context, fromJson(RunsExpectationSchema, wanted as JsonValue));
}

describe("the expectation of runs", () => {
  it.each<[JsonObject, string[], boolean]>([
    [{ keys: "k:1 2" }, ["k:1", "k:2"], true],
    [{ keys: "k:1 2" }, ["k:2", "k:1"], false],
    [{ keys: "k:1" }, ["k:1", "m:1"], false],
    [{ keys: "k:1", others: true }, ["k:1", "m:1"], true],
    [{ keys: "k:1" }, ["k:1", "sentinel-3:1"], true],
    [{ first: "k:1 2" }, ["k:1", "k:1#2", "k:2"], true],
    [{ covers: "k:1..3" }, ["k:3", "k:1"], false],
    [{ never: "k:2" }, ["k:1", "k:2"], false],
    [{ attempts: "k:1 2" }, ["k:1", "k:1#2"], true],
    [{ outcomes: "k:ack" }, ["k:1", "k:1."], true],
    [{ sequence: ["k:1.", "k:2"] }, ["k:1", "k:2", "k:1."], false],
    [{ sequence: ["k:1", "m:1", "k:1#2"] }, ["k:1", "m:1", "k:1#2"], true],
    [{ spans: [{ from: "k:1.", to: "k:2", ms: { min: 20 } }] }, ["k:1", "k:1.", "k:2"], false],
    [{ concurrency: { max: 1 } }, ["k:1", "m:1"], false],
    [{ concurrency: { min: 2, max: 2 } }, ["k:1", "m:1", "k:1.", "m:1."], true],
    [{ count: { max: 1 } }, ["k:1", "k:2"], false],
  ])("%j over %j: %s", (wanted, moments, expected) => {
    expect(runs(wanted, ...moments).ok).toBe(expected);
  });

  it("shows what ran", () => {
    expect(runs({ keys: "k:1 2 3" }, "k:2", "k:3", "k:1")).toMatchObject({
      expected: "runs k:1 2 3",
      observed: "runs k: 2 3 1",
    });
  });
});

const event = (n: number, key = "k"): PublishedEvent => ({ source: "/s", id: `${key}${n}`, key, n });

async function history(
  committed: PublishedEvent[],
  effects: PublishedEvent[],
  tables: Record<string, JsonObject[]> = {},
) {
  const database = {
    rows: async (table: string) => {
      if (table === "cf_effects")
        return effects.map(({ key = null, ...rest }) => ({ service: "counter", key, ...rest }));
      if (table === "cf_commits") return committed.map(({ key = null, ...rest }) => ({ key, ...rest }));
      return tables[table] ?? [];
    },
  };
  const testee = { name: "A", service: "counter", database, subscribed: ["x"] };
  const streams = { messages: async () => [] };
  const context = {
    testees: new Map([["A", testee]]),
    runs: [],
    published: [],
    streams,
    ns: "c",
  } as unknown as CaseContext;
  return checkHistory(context, create(HistoryExpectationSchema));
}

describe("the history", () => {
  it("holds when every committed event has one effect, in order", async () => {
    expect(await history([event(1), event(2)], [event(1), event(2)])).toMatchObject({ ok: true });
  });

  it.each<[string, PublishedEvent[], string]>([
    ["a lost event", [event(1)], "no event lost"],
    ["an effect twice", [event(1), event(1), event(2)], "no effect twice"],
    ["an effect that nobody committed", [event(1), event(2), event(3)], "no effect without"],
    ["effects of a key out of order", [event(2), event(1)], "in the order of their commits"],
  ])("does not hold with %s", async (_, effects, expected) => {
    expect(await history([event(1), event(2)], effects)).toMatchObject({
      ok: false,
      expected: expect.stringContaining(expected),
    });
  });

  it("does not hold while something is queued or parked", async () => {
    const both = [event(1)];
    expect(await history(both, both, { concord_outbox: [{ id: "1" }] })).toMatchObject({
      ok: false,
      expected: "an empty outbox",
    });
    expect(await history(both, both, { concord_parked: [{ sequence: "1" }] })).toMatchObject({
      ok: false,
      expected: "nothing parked",
    });
  });
});
