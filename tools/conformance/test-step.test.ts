import { describe, expect, it } from "vitest";
import type { Requirement } from "../requirements.ts";
import { conformanceOutcome, readSum } from "./test-step.ts";

const there = { available: true, version: "1" } as const;
const requirement = (name: string, found: Requirement["found"]): Requirement => ({ name, found });

describe("the conformance step of npm test", () => {
  it("counts the cases of a run by its last line", () => {
    expect(readSum("✓ L0 codec\n\nts 0.1.0: 199 passed, 0 failed, 14 unsupported in 44.0 s, seed 42\n", true)).toEqual({
      passed: 199,
      failed: 0,
    });
    const output = "ts 0.1.0: 190 passed, 2 failed, 1 passed unexpectedly in 44.0 s";
    expect(readSum(output, false)).toEqual({ passed: 190, failed: 3 });
  });

  it("counts a run without cases as one test", () => {
    expect(readSum("2400 values through 24 pairs and modes, 0 mismatches, seed 42", true)).toEqual({
      passed: 1,
      failed: 0,
    });
    expect(readSum("conformance: the testee did not answer hello", false)).toEqual({ passed: 0, failed: 1 });
  });

  it("counts a run that ends badly without a failed case as a failure", () => {
    expect(readSum("ts 0.1.0: 10 passed, 0 failed in 1.0 s", false)).toEqual({ passed: 10, failed: 1 });
  });

  it("says what is missing and runs nothing without it", async () => {
    const missing = requirement("Ruby", { available: false, why: "not on PATH" });
    const requirements = [requirement("newest nats-server", there), requirement("PostgreSQL", there), missing];
    const { outcome, lines } = await conformanceOutcome(requirements, [], () => {});
    expect(outcome).toMatchObject({ passed: 0, failed: 0 });
    expect(lines).toEqual(["not run: the conformance suite: missing Ruby, see above"]);
  });

  it("runs nothing when a filter names other files", async () => {
    expect((await conformanceOutcome([], ["sdk/ts"], () => {})).lines).toEqual([]);
  });
});
