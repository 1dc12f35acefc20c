import { create } from "@bufbuild/protobuf";
import { type Result, ResultSchema } from "@concord/gen/concord/conformance/v1/report_pb.js";
import type { CaseContext } from "../context/case-context.ts";
import { CaseFailure } from "../context/case-failure.ts";
import { runStep } from "../steps/run-step.ts";
import type { Json, JsonObject } from "../suite/json.ts";
import type { Permutation } from "../suite/permutations.ts";
import { OpError, TesteeFault } from "../testee/testee-fault.ts";
import { type PreparedCase, prepareCase, timeoutOf } from "./case-setup.ts";
import type { RunEnvironment } from "./run-environment.ts";

/** What one run of a case gave, with its log. */
export interface CaseOutcome {
  readonly result: Result;
  readonly log: readonly unknown[];
}

/** Runs one permutation. Whatever goes wrong with the testee is a result, not an exception. */
export async function runCase(
  environment: RunEnvironment,
  permutation: Permutation,
  index: number,
): Promise<CaseOutcome> {
  const started = performance.now();
  const result = describe(permutation);
  let prepared: PreparedCase | undefined;
  let place = "set-up";
  try {
    prepared = await prepareCase(environment, permutation, index);
    await runSteps(prepared.context, (step) => {
      place = step;
    });
    checkTestees(prepared.context);
    result.status = "passed";
  } catch (error) {
    explain(result, permutation, place, error);
  }
  result.durationMs = Math.round(performance.now() - started);
  await prepared?.cleanUp(result.status !== "passed");
  return { result, log: prepared?.context.log.entries ?? [] };
}

/** A result with everything but its outcome. */
export function describe({ path, level, group, id, slug, axes, case: { definition } }: Permutation): Result {
  const see = `conformance/README.md#${id.toLowerCase()}`;
  return create(ResultSchema, { path, level, group, id, slug, axes, rule: definition.rule, see });
}

async function runSteps(context: CaseContext, onStep: (place: string) => void): Promise<void> {
  const { given, then } = context.permutation.case;
  for (const [name, steps] of [
    ["given", given],
    ["then", then],
  ] as const) {
    for (const [index, step] of steps.entries()) {
      onStep(`${name}[${index}] ${actOf(step)}`);
      if (performance.now() > context.deadlineAt) {
        throw new CaseFailure(
          `all steps within ${timeoutOf(context.permutation) * context.patience} ms`,
          `${name}[${index}] had not begun`,
        );
      }
      context.log.add("step", { place: `${name}[${index}]`, step });
      await runStep(context, step);
    }
  }
}

const modifiers = new Set(["on", "as", "later", "reply", "error", "within_ms", "now", "why"]);

function actOf(step: Json): string {
  return Object.keys(step as JsonObject).find((name) => !modifiers.has(name)) ?? "";
}

/** A testee that kept quiet about its fault until the end. */
function checkTestees({ testees }: CaseContext): void {
  for (const { process } of testees.values()) if (process?.fault) throw process.fault;
}

function explain(result: Result, { case: { given, then } }: Permutation, place: string, error: unknown): void {
  result.status = "failed";
  result.step = place;
  const [, list, index] = /^(given|then)\[(\d+)\]/.exec(place) ?? [];
  const step = (list === "given" ? given : then)[Number(index)] as { why?: string } | undefined;
  if (step?.why) result.rule = step.why;
  if (error instanceof CaseFailure) {
    result.expected = error.expected;
    result.observed = error.observed;
  } else if (error instanceof TesteeFault) {
    result.testeeFault = error.kind;
    result.expected = "a testee that keeps to the protocol";
    result.observed = error.message;
  } else {
    result.expected = error instanceof OpError ? `${place} succeeds` : `${place} can be done`;
    result.observed = (error as Error).message;
  }
}
