import { create, type DescMessage, type Message, type MessageInitShape, toJson } from "@bufbuild/protobuf";
import type { PublishReply } from "@concord/gen/concord/conformance/v1/delivery_pb.js";
import type { RpcServeReply } from "@concord/gen/concord/conformance/v1/rpc_pb.js";
import type { Step } from "@concord/gen/concord/conformance/v1/step_pb.js";
import { ReplySchema, RequestSchema } from "@concord/gen/concord/conformance/v1/testee_pb.js";
import { type CaseContext, type CaseTestee, testeeOf } from "../context/case-context.ts";
import { CaseFailure } from "../context/case-failure.ts";
import { type FixtureEvent, toFixtureEvents, toRules } from "../context/fixture-events.ts";
import { fullTypeName } from "../context/fixtures.ts";
import { toReadyMessages } from "../context/raw-message.ts";
import { difference, show } from "../match/match-value.ts";
import type { Json } from "../suite/json.ts";
import { noKey } from "../suite/run-notation.ts";
import { type Act, actName } from "../suite/step-form.ts";
import type { Op } from "../testee/protocol-line.ts";
import type { Answer } from "../testee/reply-desk.ts";
import { OpError } from "../testee/testee-fault.ts";
import { jsonOf, readBytes } from "../wire/bytes-value.ts";
import { sentinelRules } from "./settle.ts";

const defaultDeadlineMs = 2_000;

/** Acts that are one request to a testee. */
export const opActs: ReadonlySet<string> = new Set([
  ...RequestSchema.oneofs[0]!.fields.map((field) => field.localName),
  "outbox",
]);

/** Does a step that asks a testee, and checks the answer unless it is done later. */
export async function doOp(context: CaseContext, step: Step, act: Act): Promise<void> {
  const testee = testeeOf(context, step.on);
  const deadlineMs = step.withinMs || defaultDeadlineMs;
  const answer = ask(context, testee, act, deadlineMs);
  if (!step.later) return checkAnswer(context, step, actName(act), answer);
  const pending = { op: actName(act), answer, settled: false };
  const settle = () => {
    pending.settled = true;
  };
  answer.then(settle, settle);
  context.pending.set(step.as, pending);
}

/** Waits for the answer of an earlier step. */
export async function doAwait(context: CaseContext, step: Step, name: string): Promise<void> {
  const pending = context.pending.get(name);
  if (!pending) throw new CaseFailure(`a step named ${name} that is done later`, "none");
  await checkAnswer(context, step, pending.op, pending.answer);
}

async function ask(context: CaseContext, testee: CaseTestee, act: Act, deadlineMs: number): Promise<Answer> {
  if (act.case === "outbox") return outbox(context, testee, act, deadlineMs);
  const { op, events } = await toOp(context, act);
  const { process } = testee;
  if (!process) throw new CaseFailure(`testee ${testee.name} running`, "it was ended by an earlier step");
  const answer = await process.request(op, deadlineMs);
  noteEffects(context, testee, act, answer, events);
  return answer;
}

async function outbox(context: CaseContext, testee: CaseTestee, act: Act & { case: "outbox" }, deadlineMs: number) {
  const tx = act.value.tx || `outbox-${++context.counters.id}`;
  const { op } = await toOp(context, { case: "outboxPublish", value: { ...act.value, tx } } as unknown as Act);
  const process = testee.process!;
  await process.request({ case: "outboxBegin", value: { tx } }, deadlineMs);
  const answer = await process.request(op, deadlineMs);
  await process.request({ case: "outboxCommit", value: { tx } }, deadlineMs);
  return answer;
}

/** The request of an act; the suite's notation is spelt out. */
async function toOp(context: CaseContext, act: Act): Promise<{ op: Op; events: readonly FixtureEvent[] }> {
  switch (act.case) {
    case "publish":
    case "outboxPublish": {
      const events = toFixtureEvents(act.value.events);
      const value = { ...act.value, events: events.map(({ event }) => event) };
      return { op: { case: act.case, value } as unknown as Op, events };
    }
    case "subscribe": {
      const types = (act.value.types.length > 0 ? act.value.types : [""]).map(fullTypeName);
      const everything = act.value.script.some(({ at }) => at === "" || at === noKey);
      const script = [...(everything ? sentinelRules() : []), ...toRules(act.value.script)];
      return { op: { case: "subscribe", value: { types, script } }, events: [] };
    }
    case "inboxHandle": {
      const [message] = await toReadyMessages(context, act.value.message!);
      const { subject, body, headers } = message!;
      const script = toRules(act.value.script);
      const value = { subject, body: readBytes(body), headers: [...headers], script, seq: 1n };
      return { op: { case: "inboxHandle", value } as unknown as Op, events: [] };
    }
    default:
      return { op: act as unknown as Op, events: [] };
  }
}

/** What an answer tells about the state that expectations look at. */
function noteEffects(
  context: CaseContext,
  testee: CaseTestee,
  act: Act,
  answer: Answer,
  events: readonly FixtureEvent[],
) {
  if (act.case === "subscribe") {
    testee.subscribed = (act.value.types.length > 0 ? act.value.types : [""]).map(fullTypeName);
  }
  if (act.case === "drain" || act.case === "configure") testee.subscribed = undefined;
  if (answer.case === "rpcServe") context.rpc.urls.set(testee.name, (answer.value as RpcServeReply).url);
  if (answer.case !== "publish") return;
  const { results } = answer.value as PublishReply;
  for (const [index, { key, n, event }] of events.entries()) {
    const source = event.source ?? (testee.settings.source || `/conformance/${testee.service}`);
    context.published.push({ source, id: results[index]?.id ?? "", key: event.key ?? key, n });
  }
}

async function checkAnswer(context: CaseContext, step: Step, op: string, asked: Promise<Answer>): Promise<void> {
  let answer: Answer;
  try {
    answer = await asked;
  } catch (error) {
    if (!(error instanceof OpError)) throw error;
    return checkError(context, step, op, error);
  }
  const json = answerJson(answer);
  if (step.error) throw new CaseFailure(`${op} fails with ${step.error}`, `it succeeds with ${show(json)}`);
  if (step.as) context.values.set(step.as, json);
  if (step.as) context.doneAt.set(step.as, performance.now());
  const pattern = jsonOf(step.reply);
  const found = pattern === undefined ? undefined : difference(pattern, json);
  if (found !== undefined) throw new CaseFailure(`${op} replies ${show(pattern)}`, found);
}

function checkError(context: CaseContext, step: Step, op: string, error: OpError): void {
  const wanted = step.error.split("|").map((code) => code.trim());
  if (step.error === "") throw new CaseFailure(`${op} succeeds`, error.message);
  if (!wanted.includes(error.code)) throw new CaseFailure(`${op} fails with ${step.error}`, error.message);
  if (step.as) context.values.set(step.as, { error: error.code });
  if (step.as) context.doneAt.set(step.as, performance.now());
}

/** An answer as patterns see it: every field there, defaults too. */
export function answerJson(answer: Answer): Json {
  const schema = ReplySchema.field[answer.case as keyof typeof ReplySchema.field]!.message as DescMessage;
  const value = answer.value as Message & MessageInitShape<DescMessage>;
  return toJson(schema, create(schema, value), { useProtoFieldName: true, alwaysEmitImplicit: true }) as Json;
}
