import { type Client, Code, ConnectError, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import { connect as connectClassic, type NatsConnection } from "nats";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { compileLab, type LabService } from "../../../../../tools/rpc-lab.ts";
import { findNatsServer } from "../../../../../tools/servers/nats-binary.ts";
import { type NatsServer, startNatsServer } from "../../../../../tools/servers/nats-server.ts";
import { ConcordError } from "../../core/error.ts";
import { createRpcClient, createRpcRouter, rpcRoute } from "../../rpc/index.ts";
import { createValidation } from "../../validation/validation.ts";
import { connectNats } from "../connect-nats.ts";

const lab = compileLab();
const found = await findNatsServer("newest");
let server: NatsServer;

beforeAll(async () => {
  if (found.available) server = await startNatsServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());

type Lab = Partial<ServiceImpl<LabService>>;

/** A service and a client of it, each with a connection of its own. */
async function open(implementation: Lab, namespace?: string) {
  const opened = new AsyncDisposableStack();
  const [host, nats] = await Promise.all([1, 2].map(() => connectNats({ servers: server.url })));
  opened.use(host!);
  opened.use(nats!);
  const router = createRpcRouter({ routes: [rpcRoute(lab.service, implementation)], validate: createValidation() });
  const listening = host!.serveRpc(router, { service: "lab", namespace, version: "1.2.3" });
  opened.defer(() => listening.close());
  // What was subscribed is known to the server when it answers a ping.
  await Promise.all([host!, nats!].map((each) => each.streamState("nothing")));
  const client: Client<LabService> = createRpcClient(lab.service, { nats: nats!, namespace });
  return { client, listening, host: host!, nats: nats!, router, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe.skipIf(!found.available)("RPC over NATS", () => {
  it("answers unary calls, with heads and trailers both ways", async () => {
    await using bed = await open({
      say: ({ text }, context) => {
        context.responseHeader.append("x-seen", context.requestHeader.get("x-sent") ?? "");
        context.responseTrailer.set("x-trail", "é".normalize("NFD").length.toString());
        return { text: `${text}!` };
      },
    });
    const [onHeader, onTrailer] = [vi.fn<(head: Headers) => void>(), vi.fn<(head: Headers) => void>()];
    const answer = await bed.client.say({ text: "é 😀" }, { headers: { "x-sent": "a: b" }, onHeader, onTrailer });
    expect(answer).toMatchObject({ text: "é 😀!" });
    expect(onHeader.mock.calls[0]![0].get("x-seen")).toBe("a: b");
    expect(onTrailer.mock.calls[0]![0].get("x-trail")).toBe("2");
  });

  it("answers with streams, in order, also long ones, and takes complete ones", async () => {
    await using bed = await open({
      async *count({ count }) {
        for (let n = 1; n <= count; n++) yield { count: n };
      },
      sum: async (lines) => ({ count: (await collect(lines)).reduce((sum, { count }) => sum + count, 0) }),
    });
    for (const count of [0, 1, 64, 1_000]) {
      const numbers = (await collect(bed.client.count({ count }))).map((each) => each.count);
      expect(numbers).toEqual(Array.from({ length: count }, (_, n) => n + 1));
    }
    const lines = (async function* () {
      yield* [{ count: 1 }, { count: 2 }];
    })();
    expect(await bed.client.sum(lines)).toMatchObject({ count: 3 });
  });

  it("does not run ahead of a slow reader, and ends when nobody reads any more", async () => {
    let made = 0;
    const ended = Promise.withResolvers<void>();
    await using bed = await open({
      async *count() {
        try {
          for (;;) yield { count: made++ };
        } finally {
          ended.resolve();
        }
      },
    });
    for await (const { count } of bed.client.count({})) {
      if (count === 5) {
        await bed.nats.streamState("nothing");
        expect(made).toBeLessThan(5 + 100);
        break;
      }
    }
    await ended.promise;
  });

  it("gives errors as they were thrown, of calls and of streams, and tells nothing of others (F23)", async () => {
    await using bed = await open({
      say: ({ text }) => {
        if (text === "boom") throw new TypeError("password=hunter2");
        throw new ConcordError("circuit_open", "é % \n");
      },
      async *count() {
        yield {};
        throw new ConnectError("no more", Code.OutOfRange);
      },
    });
    await expect(bed.client.say({})).rejects.toMatchObject({ code: "circuit_open", message: "é % \n" });
    await expect(bed.client.say({ text: "boom" })).rejects.toMatchObject({
      code: "internal",
      message: "internal error",
    });
    await expect(bed.client.say({ count: -1 })).rejects.toMatchObject({
      code: "invalid_argument",
      details: { violations: [{ field: "count" }] },
    });
    await expect(collect(bed.client.count({}))).rejects.toMatchObject({ code: "invalid_argument", message: "no more" });
    await expect(bed.client.look({})).rejects.toMatchObject({ code: "unsupported" });
  });

  it("keeps deadlines: the server's signal aborts too", async () => {
    const seen = Promise.withResolvers<HandlerContext>();
    await using bed = await open({
      say: (_, context) => {
        seen.resolve(context);
        return new Promise(() => {});
      },
    });
    const started = performance.now();
    await expect(bed.client.say({}, { timeoutMs: 80 })).rejects.toMatchObject({ code: "deadline_exceeded" });
    expect(performance.now() - started).toBeLessThan(600);
    const { signal, timeoutMs } = await seen.promise;
    expect(timeoutMs()).toBeLessThanOrEqual(80);
    await vi.waitUntil(() => signal.aborted);
  });

  it("says at once that nobody answers", async () => {
    await using nats = await connectNats({ servers: server.url });
    const client = createRpcClient(lab.service, { nats, namespace: "empty", retry: false });
    await expect(client.say({})).rejects.toMatchObject({ code: "unavailable" });
    await expect(collect(client.count({}))).rejects.toMatchObject({ code: "unavailable" });
  });

  it("lets one of several replicas answer, and keeps namespaces apart", async () => {
    const answered: string[] = [];
    const replica = (name: string): Lab => ({
      say: () => {
        answered.push(name);
        return { text: name };
      },
    });
    await using one = await open(replica("one"), "twins");
    await using _two = await open(replica("two"), "twins");
    await using _other = await open(replica("other"), "elsewhere");
    await Promise.all(Array.from({ length: 60 }, () => one.client.say({})));
    expect(answered).toHaveLength(60);
    expect(new Set(answered)).toEqual(new Set(["one", "two"]));
  });

  it("finishes what is under way when it closes", async () => {
    const release = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    await using bed = await open(
      {
        say: async () => {
          entered.resolve();
          await release.promise;
          return { text: "done" };
        },
      },
      "closing",
    );
    const call = bed.client.say({});
    await entered.promise;
    const closed = bed.listening.close();
    release.resolve();
    expect(await call).toMatchObject({ text: "done" });
    await closed;
    await expect(bed.client.look({}, { timeoutMs: 500 })).rejects.toMatchObject({ code: "unavailable" });
  });

  it("refuses what NATS does not take", async () => {
    await using bed = await open({ look: () => ({ text: "x".repeat(5_000) }) });
    await expect(bed.client.say({ text: "x".repeat(1_100_000) })).rejects.toMatchObject({ code: "too_large" });
  });

  describe("seen by tools of NATS", () => {
    let classic: NatsConnection;
    beforeAll(async () => {
      classic = await connectClassic({ servers: server.url });
    });
    afterAll(() => classic.close());

    it("is found, with its methods and their counts", async () => {
      await using bed = await open({ say: () => ({}) }, "micro");
      await bed.client.say({});
      const services = classic.services.client();
      const infos = await collect(await services.info("lab"));
      expect(infos).toHaveLength(1);
      expect(infos[0]).toMatchObject({ name: "lab", version: "1.2.3" });
      expect(infos[0]!.endpoints.find(({ name }) => name === "Say")).toMatchObject({
        subject: "micro.rpc.lab.v1.LabService.Say",
        queue_group: "lab",
      });
      expect(await collect(await services.ping("lab"))).toMatchObject([{ id: infos[0]!.id }]);
      const [stats] = await collect(await services.stats("lab"));
      expect(stats!.endpoints!.find(({ name }) => name === "Say")).toMatchObject({ num_requests: 1, num_errors: 0 });
    });

    it("answers a client that is not ours, with JSON", async () => {
      await using _bed = await open({ say: ({ text }) => ({ text: `${text}!` }) }, "classic");
      const { headers } = await import("nats");
      const head = headers();
      head.set("content-type", "application/json");
      const reply = await classic.request("classic.rpc.lab.v1.LabService.Say", '{"text":"hi"}', {
        timeout: 2_000,
        headers: head,
      });
      expect([reply.headers?.get("concord-rpc-status"), reply.json()]).toEqual(["200", { text: "hi!" }]);
    });
  });
});
