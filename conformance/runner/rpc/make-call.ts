import { setTimeout as delay } from "node:timers/promises";
import { type CallOutcome, createHearing, type Hearing, ownError, toOutcome } from "./call-outcome.ts";
import { packMessage } from "./compression.ts";
import { connectGet, connectHead, hearConnectStream, hearConnectUnary, isConnectUnary } from "./connect-protocol.ts";
import { writeFrame } from "./frames.ts";
import { grpcHead, hearGrpc } from "./grpc-protocol.ts";
import { type HttpExchange, openExchange } from "./http-exchange.ts";
import { encodeMessage, pathOfMethod } from "./method-codec.ts";
import type { RunnerCall } from "./runner-call.ts";

/** A server that has not answered so long after the deadline will not, in milliseconds. */
const overdueMs = 2_000;

/** The same for a call without a deadline. */
const longestMs = 10_000;

/** Makes a call by hand and tells how it ended; whatever goes wrong is an outcome. */
export async function makeCall(call: RunnerCall): Promise<CallOutcome> {
  const exchange = open(call);
  const hearing = createHearing();
  const over = new AbortController();
  try {
    const ended = Promise.all([speak(exchange, call, hearing, over.signal), hear(exchange, call, hearing)]);
    await Promise.race([ended, interrupt(exchange, call, hearing, over.signal)]);
  } catch (error) {
    hearing.error ??= ownError("unavailable", `the call broke: ${(error as Error).message}`);
  } finally {
    over.abort();
    exchange.close();
  }
  return toOutcome(hearing);
}

function open(call: RunnerCall): HttpExchange {
  const { url, way, method, get, body, path } = call;
  if (get) return openExchange(url, way.http, connectGet(call));
  const headers = way.protocol === "connect" ? connectHead(call) : grpcHead(call);
  const ask = { method: "POST", path: path || pathOfMethod(method), headers };
  const whole = body ?? (isConnectUnary(call) ? unaryBody(call) : undefined);
  const complete = whole ? { ...ask, body: whole } : ask;
  if (!call.carry) return openExchange(url, way.http, complete);
  const exchange = call.carry(complete);
  exchange.head.catch(() => {});
  if (whole) exchange.end();
  return exchange;
}

function unaryBody({ method, messages, way, compression }: RunnerCall): Uint8Array {
  return packMessage(encodeMessage(method.input, messages[0] ?? {}, way.codec), compression).bytes;
}

/** Writes messages as frames; in turn: each when the one before was answered. */
async function speak(exchange: HttpExchange, call: RunnerCall, { messages: heard }: Hearing, over: AbortSignal) {
  const { way, method, messages, inTurn, compression } = call;
  if (call.body || isConnectUnary(call)) return;
  for (const [index, message] of messages.entries()) {
    while (inTurn && heard.length < index && !over.aborted) await delay(1);
    if (over.aborted) return;
    exchange.write(writeFrame(packMessage(encodeMessage(method.input, message, way.codec), compression)));
  }
  exchange.end();
}

function hear(exchange: HttpExchange, call: RunnerCall, hearing: Hearing): Promise<void> {
  if (call.way.protocol !== "connect") return hearGrpc(exchange, call, hearing);
  return isConnectUnary(call) ? hearConnectUnary(exchange, call, hearing) : hearConnectStream(exchange, call, hearing);
}

/** Gives up when the call says so, or when the server does not answer in time. */
async function interrupt(exchange: HttpExchange, call: RunnerCall, hearing: Hearing, over: AbortSignal): Promise<void> {
  const { cancelAfterMs, timeoutMs, patience } = call;
  const limitMs = cancelAfterMs ?? (timeoutMs ?? 0) + (timeoutMs === undefined ? longestMs : overdueMs) * patience;
  await delay(limitMs, undefined, { signal: over });
  exchange.abort();
  hearing.error =
    cancelAfterMs === undefined
      ? ownError("deadline_exceeded", "no answer came, and the runner gave up")
      : ownError("canceled", "the runner gave up");
}
