import { setTimeout as delay } from "node:timers/promises";
import type { Step } from "@concord/gen/concord/conformance/v1/step_pb.js";
import { type CaseContext, testeeOf } from "../context/case-context.ts";
import { CaseFailure } from "../context/case-failure.ts";
import { lookupIn } from "../context/lookup.ts";
import { checkExpectation, isExpectation } from "../expectations/check-expectation.ts";
import type { Verdict } from "../expectations/verdict.ts";
import type { Json, JsonObject } from "../suite/json.ts";
import { expand } from "../suite/placeholders.ts";
import { type Act, readStep } from "../suite/step-form.ts";
import { doBroker, doConsumer, doRaw, doStream } from "./broker-acts.ts";
import { doDatabase } from "./database-acts.ts";
import { doFuzz } from "./fuzz.ts";
import { doNatsRequest } from "./nats-request.ts";
import { doAwait, doOp, opActs } from "./ops.ts";
import { doLine, doNetwork, doSignal, doStart } from "./process-acts.ts";
import { awaitRpc, doHttp, doPeer, doRpc } from "./rpc-acts.ts";
import { doSettle } from "./settle.ts";
import { doVectors } from "./vectors.ts";

/** Does one step, its placeholders replaced now. */
export async function runStep(context: CaseContext, json: Json, turn = 0): Promise<void> {
  const repeat = (json as JsonObject).repeat as { times: number; steps: readonly Json[] } | undefined;
  if (repeat) return repeatSteps(context, json, repeat.steps);
  const step = readStep(expand(json, lookupIn(context, turn)));
  const { act } = step;
  if (isExpectation(act)) return untilHolds(context, step, act);
  if (opActs.has(act.case)) return doOp(context, step, act);
  await doAct(context, step, act);
  if (step.as) context.doneAt.set(step.as, performance.now());
}

/** The steps inside are expanded in their own turn, so only the number is read here. */
async function repeatSteps(context: CaseContext, json: Json, steps: readonly Json[]): Promise<void> {
  const { times, ...rest } = (json as JsonObject).repeat as JsonObject;
  const count = Number(expand(times ?? 1, lookupIn(context)));
  if (Object.keys(rest).some((name) => name !== "steps")) readStep(json);
  for (let turn = 1; turn <= count; turn++) for (const step of steps) await runStep(context, step, turn);
}

async function doAct(context: CaseContext, step: Step, act: Act): Promise<void> {
  switch (act.case) {
    case "await":
      return context.rpc.pending.has(act.value)
        ? awaitRpc(context, step, act.value)
        : doAwait(context, step, act.value);
    case "waitMs":
      return delay(act.value);
    case "settle":
      return doSettle(context, act.value);
    case "raw": {
      const acks = await doRaw(context, act.value);
      if (step.as) context.values.set(step.as, acks);
      return;
    }
    case "start":
      return doStart(context, step);
    case "signal":
      return doSignal(context, step, act.value);
    case "broker":
      return doBroker(context, act.value);
    case "network":
      return doNetwork(context, step, act.value);
    case "stream":
      return doStream(context, act.value);
    case "consumer":
      return doConsumer(context, act.value);
    case "database":
      return doDatabase(context, step, act.value);
    case "vectors":
      return doVectors(context, testeeOf(context, step.on).process!, act.value);
    case "fuzz":
      return doFuzz(context, testeeOf(context, step.on).process!, act.value);
    case "rpc":
      return doRpc(context, step, act.value);
    case "http":
      return doHttp(context, step, act.value);
    case "peer":
      return doPeer(context, act.value);
    case "natsRequest":
      return doNatsRequest(context, step, act.value);
    case "line":
      return doLine(context, step, act.value);
    default:
      throw new Error(`the act ${act.case} has no code`);
  }
}

const firstPollMs = 5;
const longestPollMs = 50;

/** Looks again until the expectation holds or its time is over. */
async function untilHolds(context: CaseContext, step: Step, act: Act): Promise<void> {
  const now = performance.now();
  const deadline = step.now
    ? now
    : Math.min(context.deadlineAt, step.withinMs ? now + step.withinMs * context.patience : Number.MAX_VALUE);
  for (let pollMs = firstPollMs; ; pollMs = Math.min(longestPollMs, pollMs * 2)) {
    const verdict = await look(context, step, act, performance.now() < deadline);
    if (verdict.ok) break;
    failIfBroken(context);
    if (performance.now() >= deadline) throw new CaseFailure(verdict.expected, verdict.observed);
    await delay(pollMs);
  }
  if (step.as) context.doneAt.set(step.as, performance.now());
}

/** While a broker or database is away, looking fails; that only counts at the end. */
async function look(context: CaseContext, step: Step, act: Act, again: boolean): Promise<Verdict> {
  try {
    return await checkExpectation(context, step.on, act);
  } catch (error) {
    if (!again || (error as Error).name === "SuiteError" || (error as Error).name === "TesteeFault") throw error;
    return { ok: false, expected: "an answer", observed: (error as Error).message };
  }
}

/** Waiting for what a dead testee should do would only take time. */
function failIfBroken({ testees }: CaseContext): void {
  for (const { process } of testees.values()) if (process?.fault) throw process.fault;
}
