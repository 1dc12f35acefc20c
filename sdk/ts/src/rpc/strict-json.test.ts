import { connect } from "node:http2";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { DescService } from "@bufbuild/protobuf";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compileProtos } from "../../../../tools/compile-protos.ts";
import { rpcRoute } from "./router.ts";
import { createRpcServer, type RpcServer } from "./server.ts";

const contract = `
syntax = "proto3";
package zoo.v1;
import "google/api/annotations.proto";

enum Kind { KIND_UNSPECIFIED = 0; KIND_APE = 1; }
message Animal { string name = 1; Kind kind = 2; repeated Animal young = 3; }
service ZooService {
  rpc Feed(Animal) returns (Animal) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (google.api.http) = {post: "/animals" body: "*" additional_bindings {get: "/animals/{name}"}};
  }
  rpc Watch(Animal) returns (stream Animal);
  rpc Count(stream Animal) returns (Animal);
  rpc Chase(stream Animal) returns (stream Animal);
}
`;

const zoo = compileProtos({ "zoo/v1/zoo.proto": contract }).getService("zoo.v1.ZooService")!;
type Animals = AsyncIterable<{ name: string; kind: number }>;
let server: RpcServer;
let seen: string[] = [];

beforeAll(async () => {
  const see = (animal: { name: string; kind: number }) => {
    seen.push(`${animal.name}/${animal.kind}`);
    return animal;
  };
  const implementation = {
    feed: see,
    async *watch(animal: { name: string; kind: number }) {
      yield see(animal);
    },
    async count(animals: Animals) {
      for await (const animal of animals) see(animal);
      return {};
    },
    async *chase(animals: Animals) {
      for await (const animal of animals) yield see(animal);
    },
  };
  server = await createRpcServer({ name: "zoo", routes: [rpcRoute(zoo as DescService, implementation as never)] });
});
afterAll(() => server.close());
beforeEach(() => {
  seen = [];
});

/** Sends a request over HTTP/2 and tells all that comes back as one text. */
function send(path: string, head: Readonly<Record<string, string>>, body?: Uint8Array): Promise<string> {
  const session = connect(server.url);
  const stream = session.request({ ":method": body ? "POST" : "GET", ":path": path, ...head });
  let told = "";
  const note = (headers: object) => {
    told += `${JSON.stringify(headers)}\n`;
  };
  stream.on("response", note).on("trailers", note);
  stream.on("data", (chunk: Buffer) => {
    told += chunk.toString("latin1");
  });
  stream.end(body);
  return new Promise((resolve, reject) => {
    stream.on("error", reject);
    stream.on("close", () => {
      session.destroy();
      resolve(told);
    });
  });
}

function enveloped(flags: number, bytes: Uint8Array): Buffer {
  const head = Buffer.from([flags, 0, 0, 0, 0]);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

const to = (method: string) => `/zoo.v1.ZooService/${method}`;
const escapeAll = (bytes: Uint8Array) => [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
const good = Buffer.from('{"name":"good"}');

type Way = (bytes: Buffer) => Promise<string>;

/** Each way in which a message comes as JSON. */
const ways: Readonly<Record<string, Way>> = {
  "Connect, unary": (bytes) => send(to("Feed"), { "content-type": "application/json" }, bytes),
  "Connect, unary, with a charset": (bytes) =>
    send(to("Feed"), { "content-type": "application/json; charset=utf-8" }, bytes),
  "Connect, unary, gzip": (bytes) =>
    send(to("Feed"), { "content-type": "application/json", "content-encoding": "gzip" }, gzipSync(bytes)),
  "Connect, unary, br": (bytes) =>
    send(to("Feed"), { "content-type": "application/json", "content-encoding": "br" }, brotliCompressSync(bytes)),
  "Connect, GET": (bytes) => send(`${to("Feed")}?connect=v1&encoding=json&message=${escapeAll(bytes)}`, {}),
  "Connect, GET, base64": (bytes) =>
    send(`${to("Feed")}?connect=v1&encoding=json&base64=1&message=${bytes.toString("base64url")}`, {}),
  "Connect, GET, gzip": (bytes) =>
    send(`${to("Feed")}?encoding=json&base64=1&compression=gzip&message=${gzipSync(bytes).toString("base64url")}`, {}),
  "Connect, server stream": (bytes) =>
    send(to("Watch"), { "content-type": "application/connect+json" }, enveloped(0, bytes)),
  "Connect, client stream, second message": (bytes) =>
    send(
      to("Count"),
      { "content-type": "application/connect+json" },
      Buffer.concat([enveloped(0, good), enveloped(0, bytes)]),
    ),
  "Connect, both streams, gzip": (bytes) =>
    send(
      to("Chase"),
      { "content-type": "application/connect+json", "connect-content-encoding": "gzip" },
      enveloped(1, gzipSync(bytes)),
    ),
  "gRPC, unary": (bytes) => send(to("Feed"), { "content-type": "application/grpc+json" }, enveloped(0, bytes)),
  "gRPC, unary, gzip": (bytes) =>
    send(
      to("Feed"),
      { "content-type": "application/grpc+json", "grpc-encoding": "gzip" },
      enveloped(1, gzipSync(bytes)),
    ),
  "gRPC, client stream": (bytes) => send(to("Count"), { "content-type": "application/grpc+json" }, enveloped(0, bytes)),
  "gRPC-Web, unary": (bytes) => send(to("Feed"), { "content-type": "application/grpc-web+json" }, enveloped(0, bytes)),
  "gRPC-Web, both streams": (bytes) =>
    send(to("Chase"), { "content-type": "application/grpc-web+json" }, enveloped(0, bytes)),
  "REST, body": (bytes) => send("/animals", { "content-type": "application/json" }, bytes),
};

/** The refusal as each protocol has it: a code in JSON, or gRPC's status 3. */
const refused = /"code":"invalid_argument"|"grpc-status":"3"|grpc-status: ?3/;

describe.each(Object.entries(ways))("JSON by %s", (_, way) => {
  it("is read", async () => {
    await way(Buffer.from('{"name":"é 😀","kind":"KIND_APE","other":"KIND_HORSE"}'));
    expect(seen.at(-1)).toBe("é 😀/1");
  });

  it("is refused when it is no UTF-8 (conformance R14)", async () => {
    const told = await way(Buffer.from('{"name":"\xff\xfe"}', "latin1"));
    expect(told).toMatch(refused);
    expect(told).toMatch(/UTF-8|grpc-status/);
    expect(seen.filter((each) => !each.startsWith("good"))).toEqual([]);
  });

  it("is refused with a name that its enum does not have, at any depth (ADR 0023)", async () => {
    const told = await way(Buffer.from('{"young":[{},{"kind":"KIND_HORSE"}]}'));
    expect(told).toMatch(refused);
    expect(decodeURIComponent(told.replaceAll(/%(?![0-9A-F]{2})/g, "%25"))).toContain("young[1].kind is none of");
    expect(told).not.toContain("HORSE");
    expect(seen.filter((each) => !each.startsWith("good"))).toEqual([]);
  });
});

describe("what REST has in its address", () => {
  it.each(["/animals/%C3%A9?kind=APE", "/animals/%c3%a9?kind=KIND_APE&x=%"])("is read (%s)", async (path) => {
    await send(path, {});
    expect(seen).toEqual(["é/1"]);
  });

  it.each(["/animals/%ff", "/animals/a?%ff=x", "/animals/a?kind=APE&name=%C3"])(
    "is refused when it is no UTF-8 (%s)",
    async (path) => {
      expect(await send(path, {})).toMatch(refused);
      expect(seen).toEqual([]);
    },
  );
});
