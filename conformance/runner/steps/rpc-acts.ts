import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import type {
  HttpRequest,
  PeerServer as PeerAct,
  RawAnswer,
  RpcCallReply,
  RpcExchange,
} from "@concord/gen/concord/conformance/v1/rpc_pb.js";
import type { Step } from "@concord/gen/concord/conformance/v1/step_pb.js";
import { connect } from "nats";
import { type CaseContext, type CaseTestee, testeeOf } from "../context/case-context.ts";
import { CaseFailure } from "../context/case-failure.ts";
import { difference, show } from "../match/match-value.ts";
import { type CallOutcome, createHearing, toOutcome } from "../rpc/call-outcome.ts";
import type { TimedOutcome } from "../rpc/case-rpc.ts";
import { makeCall } from "../rpc/make-call.ts";
import { findMethod, patternJson } from "../rpc/method-codec.ts";
import { openNatsExchange } from "../rpc/nats-exchange.ts";
import type { BareAnswer } from "../rpc/peer-server.ts";
import type { RunnerCall } from "../rpc/runner-call.ts";
import { sendHttp } from "../rpc/send-http.ts";
import { readWay } from "../rpc/way.ts";
import type { Json } from "../suite/json.ts";
import { bytesFrom, jsonOf } from "../wire/bytes-value.ts";

const defaultDeadlineMs = 3_000;
/** A process loads what it needs to serve when it is first asked. */
const serveDeadlineMs = 10_000;

/** Has testee and runner make one call, each in its part, and checks how it ended for the caller. */
export async function doRpc(context: CaseContext, step: Step, exchange: RpcExchange): Promise<void> {
  const testee = testeeOf(context, step.on);
  if (exchange.role !== "client") await urlOf(context, testee);
  const began = performance.now();
  const perform = exchange.role === "client" ? callByTestee : callByRunner;
  const outcome = perform(context, step, testee, exchange).then((ended) => {
    const timed = { ...ended, ms: Math.round(performance.now() - began) };
    context.log.add("rpc", { way: exchange.way, method: exchange.method, outcome: timed });
    return timed;
  });
  if (!step.later) return checkOutcome(context, step, exchange.method, outcome);
  outcome.catch(() => {});
  context.rpc.pending.set(step.as, outcome);
}

/** Waits for a call of an earlier step. */
export async function awaitRpc(context: CaseContext, step: Step, name: string): Promise<void> {
  await checkOutcome(context, step, name, context.rpc.pending.get(name)!);
}

async function callByRunner(
  context: CaseContext,
  _step: Step,
  testee: CaseTestee,
  exchange: RpcExchange,
): Promise<CallOutcome> {
  const way = readWay(exchange.way);
  const call = {
    way,
    url: await urlOf(context, testee),
    method: findMethod(exchange.method),
    messages: messagesOf(exchange),
    headers: exchange.headers,
    timeoutMs: exchange.timeoutMs,
    cancelAfterMs: exchange.cancelAfterMs,
    inTurn: exchange.inTurn,
    get: exchange.get,
    compression: exchange.compression,
    body: exchange.body && bytesFrom(exchange.body),
    path: exchange.path,
    carry: undefined,
    patience: context.patience,
  };
  return way.protocol === "nats" ? callOverNats(context, call) : makeCall(call);
}

/** What goes over the broker is Connect. */
async function callOverNats({ broker, ns }: CaseContext, call: RunnerCall): Promise<CallOutcome> {
  const connection = await connect({ servers: broker!.server.url });
  const way = { ...call.way, protocol: "connect" } as const;
  const ended = makeCall({ ...call, way, carry: (ask) => openNatsExchange(connection, ns, ask) });
  return ended.finally(() => connection.close());
}

async function callByTestee(
  context: CaseContext,
  step: Step,
  testee: CaseTestee,
  exchange: RpcExchange,
): Promise<CallOutcome> {
  const method = findMethod(exchange.method);
  const peer = await context.rpc.peer(readWay(exchange.way));
  peer.answers.push(...exchange.answers.map(toBare));
  peer.compression = exchange.compression;
  const { headers, timeoutMs, cancelAfterMs, inTurn, mayRetry } = exchange;
  const messages = messagesOf(exchange).map((message) => fromJson(ValueSchema, message as JsonValue));
  const asked = { url: peer.url, way: exchange.way, method: method.name, messages, headers, inTurn, mayRetry };
  const limits = { ...(timeoutMs === undefined ? {} : { timeoutMs }), ...(cancelAfterMs && { cancelAfterMs }) };
  const answer = await requestOf(testee)(
    { case: "rpcCall", value: { ...asked, ...limits } as never },
    step.withinMs || defaultDeadlineMs,
  );
  return fromReply(answer.value as RpcCallReply, (json) => patternJson(method.output, json));
}

function fromReply(reply: RpcCallReply, read: (json: Json) => Json): CallOutcome {
  const hearing = createHearing();
  hearing.headers = reply.headers;
  hearing.trailers = reply.trailers;
  hearing.messages.push(...reply.messages.map((message) => read(jsonOf(message)!)));
  if (reply.error) {
    const { code, message, violations } = reply.error;
    hearing.error = {
      code,
      message,
      violations: violations.map((each) => ({ field: each.field, message: each.message })),
    };
  }
  return toOutcome(hearing);
}

/** The address at which a testee serves; it is asked to where it does not yet. The case's time stands still meanwhile. */
async function urlOf(context: CaseContext, testee: CaseTestee): Promise<string> {
  const known = context.rpc.urls.get(testee.name);
  if (known !== undefined) return known;
  const began = performance.now();
  const answer = await requestOf(testee)({ case: "rpcServe", value: {} as never }, serveDeadlineMs);
  context.deadlineAt += performance.now() - began;
  const { url } = answer.value as { readonly url: string };
  context.rpc.urls.set(testee.name, url);
  return url;
}

function requestOf({ name, process }: CaseTestee) {
  if (!process) throw new CaseFailure(`testee ${name} running`, "it was ended by an earlier step");
  return process.request;
}

async function checkOutcome(
  context: CaseContext,
  step: Step,
  name: string,
  called: Promise<TimedOutcome>,
): Promise<void> {
  const outcome = await called;
  const json = outcome as unknown as Json;
  if (step.as) context.values.set(step.as, json);
  if (step.as) context.doneAt.set(step.as, performance.now());
  const pattern = jsonOf(step.reply);
  const { error } = outcome;
  if (step.error && !step.error.split("|").includes(error?.code ?? "")) {
    throw new CaseFailure(
      `${name} fails with ${step.error}`,
      error ? show(error as unknown as Json) : `it succeeds with ${show(json)}`,
    );
  }
  const mayFail = step.error !== "" || (pattern as { error?: Json } | undefined)?.error !== undefined;
  if (error && !mayFail) throw new CaseFailure(`${name} succeeds`, show(error as unknown as Json));
  const found = pattern === undefined ? undefined : difference(pattern, json);
  if (found !== undefined) throw new CaseFailure(`${name} ends as ${show(pattern)}`, found);
}

/** Sends a request of HTTP as it is and checks the answer. */
export async function doHttp(context: CaseContext, step: Step, act: HttpRequest): Promise<void> {
  const url = await urlOf(context, testeeOf(context, step.on));
  const body = act.body ? bytesFrom(act.body) : act.text ? Buffer.from(act.text) : undefined;
  const answer = await sendHttp(url, {
    http: act.way.includes("-h2c") ? "2" : "1.1",
    method: act.method || (body ? "POST" : "GET"),
    path: act.path,
    headers: act.headers,
    body,
    cut: act.cut,
    timeoutMs: (step.withinMs || defaultDeadlineMs) * context.patience,
  });
  context.log.add("http", { path: act.path, answer });
  if (step.as) context.values.set(step.as, answer);
  const pattern = jsonOf(step.reply);
  const found = pattern === undefined ? undefined : difference(pattern, answer);
  if (found !== undefined) throw new CaseFailure(`${act.path} answers ${show(pattern)}`, found);
}

/** Starts the runner's own server. */
export async function doPeer(context: CaseContext, { way }: PeerAct): Promise<void> {
  await context.rpc.peer(readWay(way));
}

/** Messages with the payload that they should have. */
function messagesOf({ messages, payloadBytes }: RpcExchange): Json[] {
  const [first = {}, ...rest] = messages.map((message) => jsonOf(message)!);
  if (payloadBytes === 0) return messages.length === 0 ? [] : [first, ...rest];
  return [{ ...(first as object), payload: Buffer.alloc(payloadBytes).toString("base64") }, ...rest];
}

function toBare({ status, headers, body, trailers, cut }: RawAnswer): BareAnswer {
  return { status, headers, body: body ? bytesFrom(body) : new Uint8Array(), trailers, cut };
}
