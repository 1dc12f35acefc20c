import { expect, it } from "vitest";
import { addOutcomes, readSummary } from "./run-ruby-tests.ts";

it("reads what minitest came to", () => {
  const output = "Finished in 0.3s\n\n26 runs, 247 assertions, 1 failures, 2 errors, 3 skips\nrake aborted!";
  const outcome = readSummary("test", 4, output);
  expect(outcome).toMatchObject({ passed: 20, failed: 3, suites: [{ name: "ruby", files: 4, tests: 23 }] });
  expect(outcome.skipped).toHaveLength(3);
});

it("counts nothing where minitest has said nothing", () => {
  expect(readSummary("test", 4, "cannot load such file")).toMatchObject({ passed: 0, failed: 0 });
});

it("adds outcomes", () => {
  const one = { suites: [{ name: "a", files: 1, tests: 2 }], skipped: [], passed: 2, failed: 0 };
  expect(addOutcomes(one, { ...one, failed: 1 })).toMatchObject({ passed: 4, failed: 1, suites: [{}, {}] });
});
