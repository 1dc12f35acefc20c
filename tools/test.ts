import { parseArgs } from "node:util";
import { startVitest } from "vitest/node";
import { conformanceOutcome } from "./conformance/test-step.ts";
import { crashOutcome } from "./crash/test-step.ts";
import { prepareRequirements, type Requirement } from "./requirements.ts";
import { addOutcomes, rubyOutcome } from "./ruby/run-ruby-tests.ts";
import { type Outcome, outcomeOf, reportLines, verdict } from "./test-report.ts";

/**
 * `npm test [-- FILTER …]`: every suite, on real servers where the machine can have them. Ends by naming what did not
 * run and why, then one line with the numbers. With CI=true a missing server is a failure.
 */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: { full: { type: "boolean" } }, allowPositionals: true });
  const ci = process.env.CI === "true";
  const requirements = await prepareRequirements((line) => console.log(line));
  const typescript = await runVitest(positionals, values.full ? ["unit", "server", "full"] : ["unit", "server"]);
  const say = (line: string) => console.log(line);
  // Ruby's tests wait most of their time, the crash runs for their deadlines: both at once take as long as one.
  const [ruby, crash] = await Promise.all([
    rubyOutcome(requirements, positionals, say),
    crashOutcome(requirements, positionals, say),
  ]);
  const conformance = await conformanceOutcome(requirements, positionals, say);
  const outcome = [ruby, conformance.outcome, crash.outcome].reduce(addOutcomes, typescript);
  return conclude(requirements, outcome, ci, [...conformance.lines, ...crash.lines]);
}

async function runVitest(filters: string[], projects: string[]): Promise<Outcome> {
  let outcome: Outcome | undefined;
  const collect = {
    onTestRunEnd(...[modules, errors]: Parameters<typeof outcomeOf>) {
      outcome = outcomeOf(modules, errors);
    },
  };
  const vitest = await startVitest(filters, { run: true, project: projects, reporters: ["default", collect] });
  await vitest.close();
  return outcome ?? { suites: [], skipped: [], passed: 0, failed: 0 };
}

function conclude(
  requirements: readonly Requirement[],
  outcome: Outcome,
  ci: boolean,
  stepLines: readonly string[],
): number {
  const total = verdict(requirements, outcome, ci);
  console.log("");
  for (const line of reportLines(requirements, outcome, ci)) console.log(line);
  for (const line of stepLines) console.log(line);
  const skipped = outcome.skipped.length > 0 ? `, ${outcome.skipped.length} skipped` : "";
  console.log(`${outcome.passed} passed, ${total.failed} failed${skipped}`);
  return total.ok ? 0 : 1;
}

process.exit(await main());
