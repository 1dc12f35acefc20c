import { describe, expect, it } from "vitest";
import type { TestModule } from "vitest/node";
import type { Requirement } from "./requirements.ts";
import { outcomeOf, reportLines, verdict } from "./test-report.ts";

type State = "passed" | "failed" | "skipped";

function moduleWith(project: string, states: State[], state: State = "passed", note?: string): TestModule {
  const tests = states.map((each, index) => ({
    fullName: `suite > test ${index}`,
    result: () => ({ state: each, note }),
  }));
  return {
    project: { name: project },
    relativeModuleId: `${project}/x.test.ts`,
    state: () => state,
    children: { allTests: () => tests },
  } as unknown as TestModule;
}

const missing: Requirement = { name: "PostgreSQL", found: { available: false, why: "no network" } };

describe("the report of a test run", () => {
  it("counts tests by suite", () => {
    const outcome = outcomeOf([moduleWith("unit", ["passed", "passed"]), moduleWith("server", ["passed"])], []);
    expect(outcome).toMatchObject({ passed: 3, failed: 0 });
    expect(reportLines([], outcome, false)).toEqual(["ran: unit 2 tests in 1 file, server 1 tests in 1 file"]);
  });

  it("counts a file that could not be loaded and an error outside of any test as failures", () => {
    const outcome = outcomeOf(
      [moduleWith("unit", [], "failed"), moduleWith("unit", ["failed"], "failed")],
      [{ message: "unhandled" }],
    );
    expect(outcome.failed).toBe(3);
  });

  it("counts the skipped tests of a suite and gives their reason", () => {
    const outcome = outcomeOf([moduleWith("unit", ["skipped", "skipped"], "passed", "only on Linux")], []);
    expect(reportLines([], outcome, false)).toContain("not run: 2 tests of unit/x.test.ts > suite: only on Linux");
  });

  it("names what the machine lacks and why", () => {
    const outcome = outcomeOf([moduleWith("unit", ["passed", "skipped"])], []);
    expect(reportLines([missing], outcome, false)).toEqual([
      "ran: unit 1 tests in 1 file",
      "not run: tests on PostgreSQL: no network",
      "not run: 1 test of unit/x.test.ts > suite: what it needs is missing, see above",
    ]);
    expect(verdict([missing], outcome, false)).toEqual({ failed: 0, ok: true });
  });

  it("fails for what the machine lacks in CI", () => {
    const outcome = outcomeOf([moduleWith("unit", ["passed"])], []);
    expect(verdict([missing], outcome, true)).toEqual({ failed: 1, ok: false });
  });

  it("calls a run of nothing no success", () => {
    expect(verdict([], outcomeOf([], []), false).ok).toBe(false);
  });
});
