import { expect, it } from "vitest";
import { addOutcomes, readSummary } from "./run-ruby-tests.ts";

it("reads what minitest came to, and why tests were skipped", () => {
  const output = [
    "  1) Skipped:",
    "RelayOnSqliteTest#test_two [test/relay_server_test.rb:24]:",
    "a file belongs to one process",
    "",
    "26 runs, 247 assertions, 1 failures, 2 errors, 1 skips",
    "rake aborted!",
  ].join("\n");
  expect(readSummary("test", 4, output)).toEqual({
    passed: 22,
    failed: 3,
    suites: [{ name: "ruby", files: 4, tests: 25 }],
    skipped: [{ file: "sdk/ruby", title: "RelayOnSqliteTest > test_two", reason: "a file belongs to one process" }],
  });
});

it("counts nothing where minitest has said nothing", () => {
  expect(readSummary("test", 4, "cannot load such file")).toMatchObject({ passed: 0, failed: 0 });
});

it("adds outcomes", () => {
  const one = { suites: [{ name: "a", files: 1, tests: 2 }], skipped: [], passed: 2, failed: 0 };
  expect(addOutcomes(one, { ...one, failed: 1 })).toMatchObject({ passed: 4, failed: 1, suites: [{}, {}] });
});
