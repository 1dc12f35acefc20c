import { gunzipSync, gzipSync } from "node:zlib";
import { toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createConnectRouter, type HandlerContext } from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { compressionGzip } from "@connectrpc/connect-node";
import { afterEach, describe, expect, it, vi } from "vitest";
import { compileLab, type Line } from "../../../../tools/rpc-lab.ts";
import { collectBytes } from "./byte-stream.ts";
import { createRpcRouter, rpcRoute, serverInterceptors } from "./router.ts";

const lab = compileLab();
const path = "/lab.v1.LabService/Say";
const maxMessageBytes = 20_000;

function say({ text, count }: Line, context: HandlerContext) {
  context.responseHeader.set("x-seen", context.requestHeader.get("x-sent") ?? "");
  context.responseTrailer.append("x-trail", "a");
  context.responseTrailer.append("x-trail", "b");
  if (text === "boom") throw new TypeError("password=hunter2");
  if (text === "gone") throw new ConnectError("gone", Code.NotFound, { "x-why": "sold", "content-length": "7" });
  if (text === "wire")
    throw Object.assign(new ConnectError("away", Code.Unavailable, { "x-why": "x" }), { isWireError: true });
  return { text: text.repeat(count) };
}

/** The short way, and Connect's own with the same interceptors. */
function createBoth(): { readonly ours: UniversalHandler; readonly connects: UniversalHandler } {
  const options = { validate: () => [], maxMessageBytes };
  const routes = [rpcRoute(lab.service, { say })];
  const connects = createConnectRouter({
    interceptors: serverInterceptors(options),
    acceptCompression: [compressionGzip],
    readMaxBytes: maxMessageBytes,
    writeMaxBytes: maxMessageBytes,
  }).service(lab.service, { say });
  const ours = createRpcRouter({ ...options, routes }, [compressionGzip]).find(path)!;
  return { ours, connects: connects.handlers.find(({ requestPath }) => requestPath === path)! };
}

type Asked = Readonly<{ head: Record<string, string>; body: Uint8Array | string; verb?: string }>;

async function ask(handler: UniversalHandler, { head, body, verb = "POST" }: Asked) {
  const bytes = Buffer.from(body as string);
  const chunks = async function* () {
    yield bytes.subarray(0, 3);
    yield bytes.subarray(3);
  };
  const {
    status,
    header,
    body: answer,
  } = await handler({
    httpVersion: "2",
    method: verb,
    url: `https://lab${path}`,
    header: new Headers(head),
    body: chunks(),
    signal: new AbortController().signal,
  });
  return {
    status,
    head: Object.fromEntries(header ?? []),
    body: Buffer.from(await collectBytes(answer)).toString("latin1"),
  };
}

const json = { "content-type": "application/json" };
const proto = { "content-type": "application/proto" };
const line = (text: string, count = 1) => JSON.stringify({ text, count });
const binary = (text: string) => toBinary(lab.line, { $typeName: "lab.v1.Line", text, count: 1 } as Line);

const requests: Readonly<Record<string, Asked>> = {
  JSON: { head: { ...json, "x-sent": "a, b" }, body: line("é 😀") },
  "JSON with a charset": { head: { "content-type": "application/json; charset=utf-8" }, body: line("é") },
  protobuf: { head: proto, body: binary("é") },
  "another type": { head: { "content-type": "text/plain" }, body: line("a") },
  "no type": { head: {}, body: line("a") },
  "another verb": { head: json, body: line("a"), verb: "PUT" },
  "JSON that is cut off": { head: json, body: '{"text":' },
  "protobuf that is cut off": { head: proto, body: Buffer.from([0x0a, 0x05, 0x61]) },
  "a length that is too long": { head: { ...json, "content-length": "99" }, body: line("a") },
  "a length that is too short": { head: { ...json, "content-length": "3" }, body: line("a") },
  "a body that is too large": { head: json, body: line("x".repeat(maxMessageBytes)) },
  "a body that says it is": { head: { ...json, "content-length": "99999" }, body: line("a") },
  gzip: { head: { ...json, "content-encoding": "gzip" }, body: gzipSync(line("a")) },
  "gzip that is none": { head: { ...json, "content-encoding": "gzip" }, body: line("a") },
  "a bomb": { head: { ...json, "content-encoding": "gzip" }, body: gzipSync(Buffer.alloc(1_000_000, " ")) },
  "an unknown compression": { head: { ...json, "content-encoding": "rot13", "connect-timeout-ms": "x" }, body: "{}" },
  "a large answer, compressed": { head: { ...json, "accept-encoding": "br, gzip" }, body: line("a", 5_000) },
  "a small answer, which is not": { head: { ...json, "accept-encoding": "gzip" }, body: line("a") },
  "an answer that is too large": { head: json, body: line("a", maxMessageBytes) },
  "a deadline that does not read": { head: { ...json, "connect-timeout-ms": "-1" }, body: line("a") },
  "a deadline that has passed": { head: { ...json, "connect-timeout-ms": "0" }, body: line("a") },
  "a failure with heads": { head: json, body: line("gone") },
  "a failure of a further service": { head: json, body: line("wire") },
  "a failure that tells nothing": { head: proto, body: binary("boom") },
};

describe("a unary call by the Connect protocol is answered as Connect's own handler does:", () => {
  it.each(Object.entries(requests))("%s", async (_, asked) => {
    const { ours, connects } = createBoth();
    expect(await ask(ours, asked)).toEqual(await ask(connects, asked));
  });
});

afterEach(() => {
  vi.useRealTimers();
});

it("counts the deadline from the head on, also while the body comes", async () => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout", "Date"] });
  const body = async function* () {
    vi.advanceTimersByTime(150);
    yield Buffer.from(line("a"));
  };
  const head = { ...json, "connect-timeout-ms": "100" };
  const request = { httpVersion: "2", method: "POST", url: `https://lab${path}`, header: new Headers(head) };
  const { signal } = new AbortController();
  const { status } = await createBoth().ours({ ...request, body: body(), signal });
  expect(status).toBe(504);
});

it("ends the signal of a call with a deadline when it is answered, as Connect does", async () => {
  let seen: AbortSignal | undefined;
  const routes = [
    rpcRoute(lab.service, {
      say: (_, { signal }) => {
        seen = signal;
        return {};
      },
    }),
  ];
  const head = { ...json, "connect-timeout-ms": "5000" };
  await ask(createRpcRouter({ routes }).find(path)!, { head, body: "{}" });
  expect(seen?.aborted).toBe(true);
});

it("compresses what can be read again", async () => {
  const { body } = await ask(createBoth().ours, requests["a large answer, compressed"]!);
  expect(JSON.parse(gunzipSync(Buffer.from(body, "latin1")).toString())).toEqual({ text: "a".repeat(5_000) });
});

it("gives the heads that an interceptor answers with", async () => {
  const routes = [rpcRoute(lab.service, { say })];
  const interceptors = [
    (next: (request: never) => Promise<object>) => async (request: never) => ({
      ...(await next(request)),
      header: new Headers({ "x-own": "1" }),
    }),
  ];
  const router = createRpcRouter({ routes, interceptors: interceptors as never });
  const { head } = await ask(router.find(path)!, { head: json, body: "{}" });
  expect(head).toMatchObject({ "x-own": "1", "trailer-x-trail": "a, b" });
  expect(head).not.toHaveProperty("x-seen");
});
