import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { describe, expect, it } from "vitest";
import { compileLab, type LabService } from "../../../../tools/rpc-lab.ts";
import { rpcRoute } from "./router.ts";
import { createRpcServer, type RpcServerOptions } from "./server.ts";

const lab = compileLab();

function serve(options: Partial<RpcServerOptions> = {}) {
  const route = rpcRoute(lab.service, {
    say: ({ text }) => ({ text: `${text}!` }),
    look: ({ text }) => ({ text: `${text}?` }),
    async *count({ count }) {
      for (let n = 1; n <= count; n++) yield { count: n };
    },
    async sum(lines) {
      let count = 0;
      for await (const line of lines) count += line.count;
      return { count };
    },
    async *chat(lines) {
      for await (const { text } of lines) yield { text: `${text}!` };
    },
  });
  return createRpcServer({ name: "lab", routes: [route], ...options });
}

type ToTransport = (baseUrl: string) => Transport;

const transports: Readonly<Record<string, ToTransport>> = {
  "Connect, HTTP/1.1, protobuf": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" }),
  "Connect, HTTP/1.1, JSON": (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false }),
  "Connect, HTTP/2, protobuf": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2" }),
  "Connect, HTTP/2, JSON": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: false }),
  "gRPC, HTTP/2": (baseUrl) => createGrpcTransport({ baseUrl }),
  "gRPC-Web, HTTP/1.1": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
  "gRPC-Web, HTTP/2": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "2" }),
};

async function* lines(...counts: number[]) {
  for (const count of counts) yield { count };
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe.each(Object.entries(transports))("one port, by %s", (name, toTransport) => {
  const call = async (run: (client: Client<LabService>) => Promise<void>) => {
    await using server = await serve();
    await run(createClient(lab.service, toTransport(server.url)));
  };

  it("answers unary calls", () =>
    call(async (client) => {
      expect(await client.say({ text: "é % 😀" })).toMatchObject({ text: "é % 😀!" });
    }));

  it("answers with streams, also empty ones, and takes them", () =>
    call(async (client) => {
      expect((await collect(client.count({ count: 100 }))).map(({ count }) => count)).toEqual(
        Array.from({ length: 100 }, (_, n) => n + 1),
      );
      expect(await collect(client.count({}))).toEqual([]);
      expect(await client.sum(lines(1, 2, 3))).toMatchObject({ count: 6 });
      expect(await client.sum(lines())).toMatchObject({ count: 0 });
    }));

  it("talks both ways at once", (test) => {
    test.skip(!name.includes("HTTP/2"), "HTTP/1.1 goes one way after the other");
    return call(async (client) => {
      const heard: string[] = [];
      async function* speak() {
        for (const text of ["a", "b", "c"]) {
          yield { text };
          // The answer to each line comes before the next is said: full duplex.
          while (!heard.includes(`${text}!`)) await new Promise((resolve) => setImmediate(resolve));
        }
      }
      for await (const { text } of client.chat(speak())) heard.push(text);
      expect(heard).toEqual(["a!", "b!", "c!"]);
    });
  });
});

describe("one port", () => {
  it("answers curl with prior knowledge of HTTP/2 and with HTTP/1.1", async () => {
    await using server = await serve();
    for (const [flag, version] of [
      ["--http2-prior-knowledge", "2"],
      ["--http1.1", "1.1"],
    ] as const) {
      const { stdout } = await promisify(execFile)("curl", [
        "-sS",
        flag,
        "-w",
        "%{http_version}",
        "-H",
        "content-type: application/json",
        "-d",
        '{"text":"hi"}',
        `${server.url}/lab.v1.LabService/Say`,
      ]);
      expect(stdout).toBe(`{"text":"hi!"}${version}`);
    }
  });

  it("answers GET where a method has no side effects, and only there", async () => {
    await using server = await serve();
    const query = `?connect=v1&encoding=json&message=${encodeURIComponent('{"text":"hi"}')}`;
    const looked = await fetch(`${server.url}/lab.v1.LabService/Look${query}`);
    expect([looked.status, await looked.json()]).toEqual([200, { text: "hi?" }]);
    expect((await fetch(`${server.url}/lab.v1.LabService/Say${query}`)).status).toBe(405);
  });

  it("waits for the rest of a preface that comes in pieces", async () => {
    await using server = await serve();
    const { connect } = await import("node:net");
    const { connect: connectHttp2 } = await import("node:http2");
    const socket = connect(server.port, "127.0.0.1");
    // Small writes, each a packet of its own.
    socket.setNoDelay(true);
    const session = connectHttp2(server.url, { createConnection: () => socket });
    const response = await new Promise<number>((resolve, reject) => {
      session.on("error", reject);
      session
        .request({ ":path": "/health" })
        .on("response", (headers) => resolve(headers[":status"] ?? 0))
        .on("error", reject);
    });
    expect(response).toBe(200);
    session.destroy();
  });
});
