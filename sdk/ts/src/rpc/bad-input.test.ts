import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { Code, ConnectError, createClient, decodeBinaryHeader } from "@connectrpc/connect";
import { createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fuzzServer } from "../../../../tools/rpc-fuzz.ts";
import { openFuzzTarget } from "../../../../tools/rpc-fuzz-target.ts";
import { compileLab } from "../../../../tools/rpc-lab.ts";
import { createSeededRandom } from "../testing/seeded-random.ts";
import { createValidation } from "../validation/validation.ts";
import { rpcRoute } from "./router.ts";
import { createRpcServer, type RpcServer } from "./server.ts";

const lab = compileLab();
const path = "/lab.v1.LabService/Say";
let server: RpcServer;

beforeAll(async () => {
  const say = ({ text }: { text: string }, { requestHeader }: { requestHeader: Headers }) => {
    if (text === "bytes") decodeBinaryHeader(requestHeader.get("x-data-bin") ?? "");
    return { text };
  };
  const route = rpcRoute(lab.service, { say, sum: async () => ({}) });
  server = await createRpcServer({
    name: "lab",
    routes: [route],
    validate: createValidation(),
    maxMessageBytes: 10_000,
    headersTimeoutMs: 300,
    bodyTimeoutMs: 300,
  });
});
afterAll(() => server.close());

async function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  const text = await response.text();
  expect(text).not.toMatch(/node_modules|\n {4}at /);
  return { status: response.status, text, code: text.startsWith("{") ? JSON.parse(text).code : undefined };
}

/** A message in its envelope (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#length-prefixed-message). */
function oneMessage(bytes: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

const proto = { "content-type": "application/proto" };

/** Says raw bytes and tells what comes back until the server ends the connection, and how long that took. */
function say(bytes: string, end = false): Promise<{ text: string; tookMs: number }> {
  return new Promise((resolve) => {
    const started = performance.now();
    const socket = connect(server.port, "127.0.0.1", () => (end ? socket.end(bytes) : socket.write(bytes)));
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve({ text, tookMs: performance.now() - started }));
  });
}

describe("bad input is refused as its protocol has it:", () => {
  it.each([
    ["JSON that is cut off", '{"text":', {}],
    ["JSON with a value of another type", '{"count":"many"}', {}],
    ["JSON that is no UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), {}],
    ["JSON with a text that is no UTF-8", Buffer.from('{"text":"\xff\xfe"}', "latin1"), {}],
    ["JSON that ends within a letter", Buffer.from('{"text":"a"}\xc3', "latin1"), {}],
    ["a deadline that is no number", "{}", { "connect-timeout-ms": "-1" }],
    ["a deadline beyond ten digits", "{}", { "connect-timeout-ms": "99999999999" }],
    ["a body that is not compressed as it says", "{}", { "content-encoding": "gzip" }],
  ])("%s", async (_, body, headers) => {
    const refused = await post(body as string, headers as unknown as Record<string, string>);
    expect(refused).toMatchObject({ status: 400, code: "invalid_argument" });
  });

  // Connect takes it as gRPC does: https://grpc.io/docs/guides/status-codes/ (error parsing request proto).
  it.each([
    ["protobuf that is cut off", Buffer.from([0x0a, 0x05, 0x61]), proto],
    ["protobuf with a wrong wire type", Buffer.from([0x0f, 0x01]), proto],
    ["text that is no UTF-8", Buffer.from([0x0a, 0x02, 0xff, 0xfe]), proto],
  ])("%s", async (_, body, headers) => {
    expect(await post(body, headers)).toMatchObject({ status: 500, code: "internal" });
  });

  it.each([
    ["an unknown compression", "{}", { "content-encoding": "rot13" }, 501, "unimplemented"],
    ["a deadline that has passed", "{}", { "connect-timeout-ms": "0" }, 504, "deadline_exceeded"],
    ["too large a body", JSON.stringify({ text: "x".repeat(11_000) }), {}, 429, "resource_exhausted"],
    [
      "a compression bomb",
      gzipSync(Buffer.alloc(50_000_000, " ")),
      { "content-encoding": "gzip" },
      429,
      "resource_exhausted",
    ],
  ])("%s", async (_, body, headers, status, code) => {
    expect(await post(body as string, headers as Record<string, string>)).toMatchObject({ status, code });
  });

  it("headers of another protocol count for nothing", async () => {
    for (const [name, value] of [
      ["grpc-timeout", "0S"],
      ["grpc-timeout", "1x"],
      ["grpc-encoding", "gzip"],
    ] as const) {
      expect(await post('{"text":"hi"}', { [name]: value })).toMatchObject({ status: 200 });
    }
  });

  it("bytes in a header that are no base64", async () => {
    const refused = await post('{"text":"bytes"}', { "x-data-bin": "%%%" });
    expect(refused).toMatchObject({ status: 500, code: "data_loss", text: expect.not.stringContaining("%%%") });
  });

  it.each([
    ["a negative deadline", { "grpc-timeout": "-1S" }, oneMessage(Buffer.alloc(0)), 3],
    ["a deadline of no unit", { "grpc-timeout": "1x" }, oneMessage(Buffer.alloc(0)), 3],
    ["a deadline that has passed", { "grpc-timeout": "0m" }, oneMessage(Buffer.alloc(0)), 4],
    ["a message that is cut off", {}, Buffer.from([0, 0, 0, 0, 9, 1]), 3],
    ["a message longer than the limit", {}, Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1]), 8],
    ["an unknown compression", { "grpc-encoding": "rot13" }, oneMessage(Buffer.alloc(0)), 12],
    ["a compression bomb", { "grpc-encoding": "gzip" }, oneMessage(gzipSync(Buffer.alloc(50_000_000, " ")), 1), 8],
    ["a message that is not compressed as it says", { "grpc-encoding": "gzip" }, oneMessage(Buffer.from("x"), 1), 13],
    ["no message at all", {}, Buffer.alloc(0), 12],
    [
      "two messages where one belongs",
      {},
      Buffer.concat([oneMessage(Buffer.alloc(0)), oneMessage(Buffer.alloc(0))]),
      12,
    ],
  ])("%s, by gRPC and gRPC-Web", async (_, headers, body, status) => {
    for (const type of ["application/grpc", "application/grpc-web"]) {
      const session = connectHttp2(server.url);
      session.on("error", () => {});
      const stream = session.request({
        ":path": path,
        ":method": "POST",
        "content-type": type,
        te: "trailers",
        ...headers,
      });
      let told = "";
      const note = (head: object) => {
        told += ` ${(head as Record<string, string>)["grpc-status"] ?? ""}`;
      };
      stream
        .on("response", note)
        .on("trailers", note)
        .on("error", () => {});
      stream.on("data", (chunk) => {
        told += /grpc-status: ?(\d+)/i.exec(String(chunk))?.[1] ?? "";
      });
      stream.end(body);
      await new Promise((resolve) => stream.once("close", resolve));
      expect([type, told.trim()]).toEqual([type, String(status)]);
      session.destroy();
    }
  });

  it("another content type", async () => {
    expect(await post("a=b", { "content-type": "application/x-www-form-urlencoded" })).toMatchObject({ status: 415 });
  });

  it("fields that nobody knows are overlooked, as newer clients send them", async () => {
    expect(await post('{"text":"hi","since":{"v":9}}')).toMatchObject({ status: 200, text: '{"text":"hi"}' });
  });

  it("an unknown method, in each protocol", async () => {
    const { service } = compileLab();
    const renamed = { ...service, typeName: "lab.v1.Nobody" };
    for (const method of service.methods) Object.assign(method, { parent: renamed });
    const ways = [
      createGrpcTransport({ baseUrl: server.url }),
      createGrpcWebTransport({ baseUrl: server.url, httpVersion: "1.1" }),
    ];
    for (const transport of ways) {
      const failed = await createClient(renamed, transport)
        .say({})
        .catch((error) => ConnectError.from(error));
      expect((failed as ConnectError).code).toBe(Code.Unimplemented);
    }
  });

  it("a head that is too long, over either version of HTTP", async () => {
    const long = "x".repeat(70_000);
    const { text } = await say(`POST ${path} HTTP/1.1\r\nhost: a\r\nx-long: ${long}\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1.1 431 /);
    const session = connectHttp2(server.url);
    const ended = await new Promise<string>((resolve) => {
      session.on("error", () => resolve("session"));
      const stream = session.request({ ":path": path, ":method": "POST", "x-long": long });
      stream.on("response", (head) => resolve(`status ${head[":status"]}`));
      stream.on("error", () => resolve("stream"));
      stream.on("close", () => resolve("stream"));
    });
    expect(ended).toMatch(/session|stream|status 4/);
    session.destroy();
  });

  it.each([
    ["says nothing", ""],
    ["begins as HTTP/2 does and goes no further", "PRI * HT"],
    ["sends its head a byte at a time", `POST ${path} HTTP/1.1\r\nhost:`],
    [
      "does not send the body that it promised",
      `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`,
    ],
  ])("a peer that %s is not waited for (slow loris)", async (_, bytes) => {
    const { text, tookMs } = await say(bytes);
    expect(tookMs).toBeLessThan(5_000);
    expect(text).not.toMatch(/ at |node_modules/);
  });

  it.each(["application/json", "application/grpc"])(
    "a stream of HTTP/2 whose body does not come is not waited for (%s)",
    async (type) => {
      const session = connectHttp2(server.url);
      session.on("error", () => {});
      const stream = session.request({ ":path": path, ":method": "POST", "content-type": type });
      stream.on("error", () => {}).resume();
      stream.write(Buffer.from([0]));
      const started = performance.now();
      await new Promise((resolve) => stream.once("close", resolve));
      expect(performance.now() - started).toBeLessThan(5_000);
      session.destroy();
    },
  );

  it("what is no HTTP at all", async () => {
    expect((await say("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n", true)).text).toMatch(
      /^(HTTP\/1.1 400 |$)/,
    );
    expect((await say("GET //[ HTTP/1.1\r\nhost: [\r\n\r\n", true)).text).toMatch(/^HTTP\/1.1 4\d\d /);
  });
});

const protocols = ["connect-json", "connect-proto", "grpc", "grpc-web", "rest", "http1", "http2"] as const;

it.each(protocols)(
  "broken frames of %s are all answered as their protocol has it, without a word of the inside",
  { timeout: 60_000 },
  async (protocol) => {
    // Each broken connection of HTTP/2 is given the time that a head may take.
    const frames = protocol === "http2" ? 100 : 300;
    await using target = await openFuzzTarget(protocol, protocol === "http2" ? { headersTimeoutMs: 300 } : {});
    const report = await fuzzServer({ protocol, frames, random: createSeededRandom(42).next, send: target.send });
    expect(report).toMatchObject({ frames, leaks: [], improper: [], hung: 0 });
    expect((await fetch(`${target.url}/health`)).status).toBe(200);
  },
);
