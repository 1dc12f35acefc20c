import type { AnyOf, Expectation } from "@concord/gen/concord/conformance/v1/expectation_pb.js";
import type { CaseContext } from "../context/case-context.ts";
import type { Act } from "../suite/step-form.ts";
import { checkHistory } from "./history.ts";
import { checkIds, checkProcess, checkReports, checkValue } from "./processes.ts";
import { checkRuns } from "./runs.ts";
import { checkServed } from "./served.ts";
import { checkConsumers, checkMessages, checkStream } from "./streams.ts";
import { checkDump, checkEffects, checkRows } from "./tables.ts";
import { allOf, type Verdict } from "./verdict.ts";

const names: ReadonlySet<string> = new Set([
  "runs",
  "messages",
  "streamConfig",
  "consumers",
  "rows",
  "effects",
  "history",
  "reports",
  "process",
  "value",
  "ids",
  "pending",
  "dumped",
  "anyOf",
  "served",
]);

/** Whether an act looks at something, so that it can be looked at again. */
export function isExpectation(act: Act): boolean {
  return names.has(act.case);
}

/** Looks once. */
export async function checkExpectation(
  context: CaseContext,
  on: string,
  act: Act | NonNullable<Expectation["kind"]>,
): Promise<Verdict> {
  switch (act.case) {
    case "runs":
      return checkRuns(context, act.value);
    case "messages":
      return checkMessages(context, act.value);
    case "streamConfig":
      return checkStream(context, act.value);
    case "consumers":
      return checkConsumers(context, act.value);
    case "rows":
      return checkRows(context, on, act.value);
    case "effects":
      return checkEffects(context, on, act.value);
    case "history":
      return checkHistory(context, act.value);
    case "reports":
      return checkReports(context, on, act.value);
    case "process":
      return checkProcess(context, on, act.value);
    case "value":
      return checkValue(act.value);
    case "ids":
      return checkIds(act.value);
    case "pending":
      return checkPending(context, act.value);
    case "dumped":
      return checkDump(context, on, act.value);
    case "anyOf":
      return checkAnyOf(context, act.value);
    case "served":
      return checkServed(context, act.value);
    default:
      throw new Error(`the expectation ${act.case} has no code`);
  }
}

function checkPending({ pending }: CaseContext, name: string): Verdict {
  const ok = pending.get(name)?.settled === false;
  return { ok, expected: `${name} without an answer yet`, observed: pending.has(name) ? "it has one" : "no such step" };
}

async function checkAnyOf(context: CaseContext, { groups }: AnyOf): Promise<Verdict> {
  const verdicts: Verdict[] = [];
  for (const { expectations } of groups) {
    const checked = await Promise.all(expectations.map(({ on, kind }) => checkExpectation(context, on, kind)));
    verdicts.push(allOf(checked));
  }
  return {
    ok: verdicts.some(({ ok }) => ok),
    expected: verdicts.map(({ expected }) => expected).join(", or "),
    observed: verdicts.map(({ observed }) => observed).join("; "),
  };
}
