import type { SerializedError } from "vitest";
import type { TestModule } from "vitest/node";
import type { Requirement } from "./requirements.ts";

/** What a run of the tests came to. */
export interface Outcome {
  /** Per project of the configuration, in order of appearance. */
  readonly suites: readonly { readonly name: string; readonly files: number; readonly tests: number }[];
  readonly skipped: readonly { readonly file: string; readonly title: string; readonly reason: string | undefined }[];
  readonly passed: number;
  /** Failed tests, files that could not be loaded, and errors outside of any test. */
  readonly failed: number;
}

/** Counts the results of a run. */
export function outcomeOf(modules: readonly TestModule[], errors: readonly SerializedError[]): Outcome {
  const suites = new Map<string, { name: string; files: number; tests: number }>();
  const skipped: { file: string; title: string; reason: string | undefined }[] = [];
  let passed = 0;
  let failed = errors.length;
  for (const module of modules) {
    const suite = suites.get(module.project.name) ?? { name: module.project.name, files: 0, tests: 0 };
    suites.set(suite.name, suite);
    suite.files++;
    let failedTests = 0;
    for (const test of module.children.allTests()) {
      const result = test.result();
      if (result.state === "skipped") {
        skipped.push({ file: module.relativeModuleId, title: test.fullName, reason: result.note });
        continue;
      }
      suite.tests++;
      if (result.state === "passed") passed++;
      else failedTests++;
    }
    // A file fails without a failed test when it cannot be loaded or one of its hooks throws.
    failed += module.state() === "failed" ? Math.max(failedTests, 1) : failedTests;
  }
  return { suites: [...suites.values()], skipped, passed, failed };
}

/** The final numbers: in CI everything must have been there, and a run of nothing is no success. */
export function verdict(
  requirements: readonly Requirement[],
  outcome: Outcome,
  ci: boolean,
): { readonly failed: number; readonly ok: boolean } {
  const missing = requirements.filter(({ found }) => !found.available).length;
  const failed = outcome.failed + (ci ? missing : 0);
  return { failed, ok: failed === 0 && outcome.passed > 0 };
}

/** What ran, and each thing that did not with its reason. */
export function reportLines(requirements: readonly Requirement[], outcome: Outcome, ci: boolean): string[] {
  const ran = outcome.suites.map(
    ({ name, tests, files }) => `${name} ${tests} tests in ${files} ${files === 1 ? "file" : "files"}`,
  );
  const missing = requirements.flatMap(({ name, found }) =>
    found.available ? [] : [`not run: tests on ${name}: ${found.why}${ci ? " (a failure, because CI=true)" : ""}`],
  );
  const why = missing.length > 0 ? "what it needs is missing, see above" : "no reason given";
  return [
    ran.length > 0 ? `ran: ${ran.join(", ")}` : "ran: nothing, no test file matches",
    ...missing,
    ...skippedLines(outcome.skipped, why),
  ];
}

/** One line for each suite's tests that were skipped for one reason. */
function skippedLines(skipped: Outcome["skipped"], fallback: string): string[] {
  const groups = new Map<string, number>();
  for (const { file, title, reason = fallback } of skipped) {
    const suite = title.split(" > ").slice(0, -1);
    const line = `${[file, ...suite].join(" > ")}: ${reason}`;
    groups.set(line, (groups.get(line) ?? 0) + 1);
  }
  return [...groups].map(([line, count]) => `not run: ${count} ${count === 1 ? "test" : "tests"} of ${line}`);
}
