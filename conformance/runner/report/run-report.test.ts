import { create } from "@bufbuild/protobuf";
import { ResultSchema } from "@concord/gen/concord/conformance/v1/report_pb.js";
import { describe, expect, it } from "vitest";
import { formats } from "./formats.ts";
import { createReport, isGood } from "./run-report.ts";
import { reportText } from "./text.ts";

const result = (id: string, level: string, status: string) =>
  create(ResultSchema, {
    path: `${level}/order/${id}/rep=1`,
    level,
    group: "order",
    id,
    slug: "x",
    axes: { rep: "1" },
    status,
    expected: "k: 1 2",
    observed: "k: 2 1",
    rule: "in order",
    see: `#${id}`,
  });

function report(known: string[], ...results: ReturnType<typeof result>[]) {
  const knownFailing = known.map((pattern) => ({ pattern, why: "known" }) as never);
  const profile = { name: "x", command: [], setup: [], environment: {}, features: [], knownFailing };
  const facts = {
    profile,
    language: "x",
    version: "1",
    features: [],
    seed: 42n,
    servers: [],
    durationMs: 1,
    faults: [],
  };
  return createReport(facts, results);
}

describe("a report", () => {
  it("counts a known failure apart, and finds nothing wrong with it", () => {
    const made = report(["**/O2/**"], result("O1", "L2", "passed"), result("O2", "L2", "failed"));
    expect(made.totals).toMatchObject({ passed: 1, failed: 0, known: 1 });
    expect(isGood(made)).toBe(true);
  });

  it("makes an error of a known failure that passes", () => {
    const made = report(["**/O2/**"], result("O2", "L2", "passed"));
    expect(made.totals).toMatchObject({ passed: 0, unexpectedPass: 1 });
    expect(isGood(made)).toBe(false);
    expect(reportText(made)).toContain("take it off the list");
  });

  it("says which levels hold: none above one that fails, none with a known failure, none that was not run", () => {
    const passed = [result("C1", "L0", "passed"), result("H1", "L1", "passed")];
    expect(report([], ...passed, result("O1", "L2", "failed")).levels).toEqual(["L0", "L1"]);
    expect(report(["**/H1/**"], ...passed).levels).toEqual(["L0"]);
    expect(report([], result("C1", "L0", "passed"), result("O1", "L2", "passed")).levels).toEqual(["L0"]);
    expect(report([], result("C1", "L0", "unsupported")).levels).toEqual([]);
  });

  it.each([
    ["json", /"status": "failed"/],
    ["junit", /<testsuites .*tests="2" failures="1" skipped="1"/],
    ["markdown", /\| L2 order \|/],
  ] as const)("is printed as %s", (format, expected) => {
    const text = formats[format](report([], result("O2", "L2", "failed"), result("O3", "L2", "unsupported")));
    expect(text).toMatch(expected);
    if (format === "json") expect(JSON.parse(text).totals).toMatchObject({ failed: 1, unsupported: 1 });
  });

  it("tells a failure so that somebody can act on it", () => {
    const text = reportText(report([], result("O2", "L2", "failed")));
    expect(text).toContain(
      "✗ L2 order/O2-x [rep=1]  testee: x 1  seed 42\n  expected  k: 1 2    in order\n  observed  k: 2 1",
    );
  });
});
