import { gunzipSync, gzipSync } from "node:zlib";
import { toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createConnectRouter, type HandlerContext } from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { compressionGzip } from "@connectrpc/connect-node";
import { afterEach, describe, expect, it, vi } from "vitest";
import { compileLab, type Line } from "../../../../../tools/rpc-lab.ts";
import { collectBytes } from "../byte-stream.ts";
import { createRpcRouter, rpcRoute, serverInterceptors } from "../router.ts";

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
  const answered = await handler({
    httpVersion: "2",
    method: verb,
    url: `https://lab${path}`,
    header: new Headers(head),
    body: chunks(),
    signal: new AbortController().signal,
  });
  const told = Buffer.from(await collectBytes(answered.body)).toString("latin1");
  // Trailers may be written until the body has been read.
  const [headers, trailer] = [answered.header, answered.trailer].map((each) => Object.fromEntries(each ?? []));
  return { status: answered.status, head: headers, trailer, body: told };
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

const grpc = { "content-type": "application/grpc" };
const grpcJson = { "content-type": "application/grpc+json" };

function enveloped(message: Uint8Array | string, flags = 0, length = Buffer.from(message as string).length): Buffer {
  const head = Buffer.from([flags, 0, 0, 0, 0]);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, Buffer.from(message as string)]);
}

const grpcRequests: Readonly<Record<string, Asked>> = {
  protobuf: { head: { ...grpc, "x-sent": "a" }, body: enveloped(binary("é")) },
  JSON: { head: grpcJson, body: enveloped(line("é 😀")) },
  "an empty message": { head: grpc, body: enveloped("") },
  "protobuf that is cut off": { head: grpc, body: enveloped(Buffer.from([0x0a, 0x05, 0x61])) },
  "JSON that is cut off": { head: grpcJson, body: enveloped('{"text":') },
  "no message": { head: grpc, body: "" },
  "two messages": { head: grpc, body: Buffer.concat([enveloped(""), enveloped("")]) },
  "an envelope that is cut off": { head: grpc, body: Buffer.from([0, 0, 0]) },
  "a message that is cut off": { head: grpc, body: enveloped("abc", 0, 9) },
  "a message that is too large": { head: grpc, body: enveloped(binary("x".repeat(maxMessageBytes))) },
  "a message that says it is": { head: grpc, body: enveloped("abc", 0, 0xffffffff) },
  "a message that is compressed": {
    head: { ...grpc, "grpc-encoding": "gzip" },
    body: enveloped(gzipSync(binary("a")), 1),
  },
  "one that only says so": { head: { ...grpc, "grpc-encoding": "gzip" }, body: enveloped("x", 1) },
  "one of a compression that is not said": { head: grpc, body: enveloped(gzipSync(binary("a")), 1) },
  "one that is not, though others may be": { head: { ...grpc, "grpc-encoding": "gzip" }, body: enveloped(binary("a")) },
  "unknown flags": { head: grpc, body: enveloped(binary("a"), 0x80) },
  "an unknown compression": { head: { ...grpc, "grpc-encoding": "rot13" }, body: enveloped(binary("a")) },
  "a large answer, compressed": {
    head: { ...grpcJson, "grpc-accept-encoding": "identity,deflate,gzip" },
    body: enveloped(line("a", 5_000)),
  },
  "a small answer, which is not": { head: { ...grpcJson, "grpc-accept-encoding": "gzip" }, body: enveloped(line("a")) },
  "an answer that is too large": { head: grpcJson, body: enveloped(line("a", maxMessageBytes)) },
  "a deadline that does not read": { head: { ...grpc, "grpc-timeout": "1x" }, body: enveloped(binary("a")) },
  "a deadline that has passed": { head: { ...grpc, "grpc-timeout": "0m" }, body: enveloped(binary("a")) },
  "a failure with heads": { head: grpcJson, body: enveloped(line("gone")) },
  "a failure of a further service": { head: grpcJson, body: enveloped(line("wire")) },
  "a failure that tells nothing": { head: grpc, body: enveloped(binary("boom")) },
  "gRPC-Web": { head: { "content-type": "application/grpc-web" }, body: enveloped(binary("a")) },
};

describe("a unary call by gRPC is answered as Connect's own handler does:", () => {
  it.each(Object.entries(grpcRequests))("%s", async (_, asked) => {
    const { ours, connects } = createBoth();
    expect(await ask(ours, asked)).toEqual(await ask(connects, asked));
  });

  it("a body that breaks off", async () => {
    const broken = async function* () {
      yield Buffer.from([0, 0, 0]);
      throw new ConnectError("the peer has gone", Code.Canceled);
    };
    const request = { httpVersion: "2", method: "POST", url: `https://lab${path}`, header: new Headers(grpc) };
    const { signal } = new AbortController();
    const { ours, connects } = createBoth();
    const [our, their] = await Promise.all(
      [ours, connects].map(async (handler) => {
        const { body, trailer } = await handler({ ...request, body: broken(), signal });
        await collectBytes(body);
        return Object.fromEntries(trailer!);
      }),
    );
    expect(our).toEqual(their);
    expect(our).toMatchObject({ "grpc-status": "1" });
  });

  it("a message that is too long is refused before it has come", async () => {
    const held = Promise.withResolvers<void>();
    const body = async function* () {
      yield enveloped("", 0, 0xffffffff);
      await held.promise;
    };
    const request = { httpVersion: "2", method: "POST", url: `https://lab${path}`, header: new Headers(grpc) };
    const { signal } = new AbortController();
    const answered = await createBoth().ours({ ...request, body: body(), signal });
    expect(answered.trailer?.get("grpc-status")).toBe("8");
    held.resolve();
  });
});

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
