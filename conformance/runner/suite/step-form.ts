import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { type Step, StepSchema } from "@concord/gen/concord/conformance/v1/step_pb.js";
import type { Json } from "./json.ts";
import { numbersAsText } from "./numbers-as-text.ts";
import { SuiteError } from "./suite-error.ts";

/** What a step does, by the name of its field in the schema. */
export type Act = Exclude<Step["act"], { case: undefined }>;

/**
 * Reads a step whose placeholders are replaced.
 * @throws {SuiteError} for an unknown key, a value of the wrong type, or a step that does nothing.
 */
export function readStep(json: Json): Step & { readonly act: Act } {
  const step = parse(json);
  if (step.act.case === undefined) throw new SuiteError(`a step does nothing: ${JSON.stringify(json)}`);
  return step as Step & { readonly act: Act };
}

function parse(json: Json): Step {
  try {
    return fromJson(StepSchema, numbersAsText(StepSchema, json) as JsonValue);
  } catch (error) {
    throw new SuiteError(`${(error as Error).message} in the step ${JSON.stringify(json).slice(0, 300)}`);
  }
}

/** The name of an act as it is written in a suite, such as `subject_of`. */
export function actName(act: Act): string {
  return StepSchema.field[act.case]!.name;
}

/** Steps that leave the testee's process, its broker or its database in a state that no other case can use. */
export function spoilsProcess(act: Act): boolean {
  if (act.case === "repeat") return act.value.steps.some((step) => step.act.case && spoilsProcess(step.act as Act));
  if (act.case === "database") return ["stop", "snapshot", "restore", "disconnect"].includes(act.value.act.case ?? "");
  return ["signal", "start", "crashAt", "broker", "network", "quit", "line"].includes(act.case);
}

/** A step and those inside it. */
export function withInner(step: Step): Step[] {
  return step.act.case === "repeat" ? [step, ...step.act.value.steps.flatMap(withInner)] : [step];
}
