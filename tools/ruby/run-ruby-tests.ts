import { glob } from "node:fs/promises";
import type { Requirement } from "../requirements.ts";
import { ProgramError, runProgram } from "../run-program.ts";
import { startNatsServer } from "../servers/nats-server.ts";
import { startPostgres } from "../servers/postgres.ts";
import type { Outcome } from "../test-report.ts";
import { findRuby, type Ruby, rubySdkFolder } from "./find-ruby.ts";

/** Which of the Ruby tests run: those that need nothing, and those on real servers. */
export interface RubyTestOptions {
  readonly ruby: Ruby;
  /** Runs the tests on servers too. */
  readonly servers: boolean;
  readonly say: (line: string) => void;
}

const nothing: Outcome = { suites: [], skipped: [], passed: 0, failed: 0 };
const summary = /(\d+) runs, \d+ assertions, (\d+) failures, (\d+) errors, (\d+) skips/;
/** How minitest lists a skipped test, its reason on the line behind, when it is told to be verbose. */
const skippedTest = /^ +\d+\) Skipped:\n(\w+)#(\w+) \[[^\]]*\]:\n(.+)$/gm;

/**
 * The part of `npm test` that is Ruby: all of it, or nothing where Ruby is missing or a filter names other files. Without
 * nats-server or PostgreSQL the tests on servers do not run, which the report says of those two.
 */
export async function rubyOutcome(
  requirements: readonly Requirement[],
  filters: readonly string[],
  say: (line: string) => void,
): Promise<Outcome> {
  const ruby = await findRuby();
  const wanted = filters.length === 0 || filters.some((filter) => filter.includes("ruby"));
  if (!ruby.available || !wanted) return nothing;
  const needed = ["newest nats-server", "PostgreSQL"];
  const servers = needed.every((name) => requirements.some((each) => each.name === name && each.found.available));
  return runRubyTests({ ruby, servers, say });
}

/** Runs the minitest suites of `sdk/ruby`. What they write is shown when one fails. */
export async function runRubyTests(options: RubyTestOptions): Promise<Outcome> {
  const unit = await runTask("test", "test/**/*_test.rb", options, options.ruby.env);
  if (!options.servers) return unit;
  await using nats = await startNatsServer();
  await using postgres = await startPostgres();
  const env = {
    ...options.ruby.env,
    CONCORD_TEST_NATS_URL: nats.url,
    CONCORD_TEST_POSTGRES_URL: postgres.url,
  };
  return addOutcomes(unit, await runTask("test:server", "test/**/*_server_test.rb", options, env));
}

/** Two outcomes as one. */
export function addOutcomes(left: Outcome, right: Outcome): Outcome {
  return {
    suites: [...left.suites, ...right.suites],
    skipped: [...left.skipped, ...right.skipped],
    passed: left.passed + right.passed,
    failed: left.failed + right.failed,
  };
}

async function runTask(
  task: string,
  pattern: string,
  { say }: RubyTestOptions,
  env: NodeJS.ProcessEnv,
): Promise<Outcome> {
  const files = await countFiles(pattern, task === "test");
  if (files === 0) return nothing;
  try {
    return readSummary(
      task,
      files,
      await runProgram("bundle", ["exec", "rake", task], { cwd: rubySdkFolder, env: { ...env, A: "--verbose" } }),
    );
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    say(error.output.trim());
    const outcome = readSummary(task, files, error.output);
    return { ...outcome, failed: Math.max(1, outcome.failed) };
  }
}

async function countFiles(pattern: string, withoutServers: boolean): Promise<number> {
  let count = 0;
  for await (const path of glob(pattern, { cwd: rubySdkFolder })) {
    if (!withoutServers || !path.endsWith("_server_test.rb")) count++;
  }
  return count;
}

/** Reads minitest's last line, and what was skipped; nothing ran when there is no such line. */
export function readSummary(task: string, files: number, output: string): Outcome {
  const [, runs = 0, failures = 0, errors = 0, skips = 0] = (summary.exec(output) ?? []).map(Number);
  const failed = failures + errors;
  const name = task === "test" ? "ruby" : "ruby on servers";
  const skipped = [...output.matchAll(skippedTest)].map(([, suite, test, reason]) => ({
    file: "sdk/ruby",
    title: `${suite} > ${test}`,
    reason,
  }));
  return { suites: [{ name, files, tests: runs - skips }], skipped, passed: runs - failed - skips, failed };
}
