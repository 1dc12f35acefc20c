import type { DescService } from "@bufbuild/protobuf";
import { createInbox, headers, type NatsConnection } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compileProtos } from "../../../../../tools/compile-protos.ts";
import { type NatsServer, startNatsServer } from "../../../../../tools/servers/nats-server.ts";
import { createRpcRouter, rpcRoute } from "../../rpc/index.ts";
import { connectNats } from "../index.ts";

const contract = `
syntax = "proto3";
package zoo.v1;
enum Kind { KIND_UNSPECIFIED = 0; KIND_APE = 1; }
message Animal { string name = 1; Kind kind = 2; }
service ZooService {
  rpc Feed(Animal) returns (Animal);
  rpc Watch(Animal) returns (stream Animal);
}
`;

const zoo = compileProtos({ "zoo/v1/zoo.proto": contract }).getService("zoo.v1.ZooService")!;
const opened = new AsyncDisposableStack();
let server: NatsServer;
let client: NatsConnection;
let seen: string[] = [];

beforeAll(async () => {
  server = opened.adopt(await startNatsServer(), (running) => running.stop());
  const host = opened.use(await connectNats({ servers: server.url }));
  client = opened.adopt(await connect({ servers: server.url }), (connection) => connection.close());
  const see = (animal: { name: string; kind: number }) => {
    seen.push(`${animal.name}/${animal.kind}`);
    return animal;
  };
  const implementation = {
    feed: see,
    async *watch(animal: { name: string; kind: number }) {
      yield see(animal);
    },
  };
  const router = createRpcRouter({ routes: [rpcRoute(zoo as DescService, implementation as never)] });
  const listening = host.serveRpc(router, { service: "zoo" });
  opened.defer(() => listening.close());
  await host.streamState("nothing");
});
afterAll(() => opened.disposeAsync());
beforeEach(() => {
  seen = [];
});

function head(type: string) {
  const made = headers();
  made.set("content-type", type);
  return made;
}

async function feed(json: Buffer): Promise<string> {
  const reply = await client.request("rpc.zoo.v1.ZooService.Feed", json, {
    timeout: 5_000,
    headers: head("application/json"),
  });
  return `${reply.headers?.get("concord-rpc-status")} ${reply.string()}`;
}

/** Tells all that comes of a stream as one text. */
async function watch(json: Buffer): Promise<string> {
  const envelope = Buffer.concat([Buffer.from([0, 0, 0, 0, json.length]), json]);
  const reply = createInbox();
  const messages = client.subscribe(reply);
  client.publish("rpc.zoo.v1.ZooService.Watch", envelope, { reply, headers: head("application/connect+json") });
  let told = "";
  for await (const message of messages) {
    told += message.string();
    if (message.headers?.has("concord-rpc-end")) break;
  }
  return told;
}

describe.each([
  ["a call", feed],
  ["a stream", watch],
])("the JSON of %s over NATS", (_, send) => {
  it("is read", async () => {
    expect(await send(Buffer.from('{"name":"é 😀","kind":"KIND_APE","other":"KIND_HORSE"}'))).toContain("é 😀");
    expect(seen).toEqual(["é 😀/1"]);
  });

  it("is refused when it is no UTF-8 (conformance R14)", async () => {
    const told = await send(Buffer.from('{"name":"\xff\xfe"}', "latin1"));
    expect(told).toContain('"code":"invalid_argument","message":"the request is no UTF-8"');
    expect(seen).toEqual([]);
  });

  it("is refused with a name that its enum does not have (ADR 0023)", async () => {
    const told = await send(Buffer.from('{"kind":"KIND_HORSE"}'));
    expect(told).toContain('"code":"invalid_argument","message":"kind is none of KIND_UNSPECIFIED, KIND_APE"');
    expect(seen).toEqual([]);
  });
});
