import type { DescService } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import { describe, expect, it, vi } from "vitest";
import { compileLab, type LabService } from "../../../../tools/rpc-lab.ts";
import { createBreaker } from "../breaker/create-breaker.ts";
import { ConcordError } from "../core/error.ts";
import type { Log } from "../core/log.ts";
import { createValidation } from "../validation/validation.ts";
import { runInCall } from "./call-scope.ts";
import { createRpcClient, type RpcClientOptions } from "./client.ts";
import { createRpcRouter, type RpcRouterOptions, rpcRoute } from "./router.ts";

const lab = compileLab();

type Lab = Partial<ServiceImpl<LabService>>;

/** The real stack without a network. */
function connect(
  implementation: Lab,
  server: Partial<RpcRouterOptions> = {},
  client: Partial<RpcClientOptions<LabService>> = {},
) {
  const routes = [rpcRoute(lab.service, implementation)];
  return createRpcClient(lab.service, { local: createRpcRouter({ routes, ...server }), ...client });
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function capture(): { log: Log; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const write = (fields: object) => void lines.push({ ...fields });
  const log = { debug: write, info: write, warn: write, error: write, child: () => log } as Log;
  return { log, lines };
}

describe("a deadline", () => {
  it("ends a call whose handler does not listen, and aborts its signal", async () => {
    const seen = Promise.withResolvers<HandlerContext>();
    const client = connect({
      say: (_, context) => {
        seen.resolve(context);
        return new Promise(() => {});
      },
    });
    const started = performance.now();
    await expect(client.say({}, { timeoutMs: 50 })).rejects.toMatchObject({ code: "deadline_exceeded" });
    expect(performance.now() - started).toBeLessThan(500);
    expect((await seen.promise).signal.aborted).toBe(true);
  });

  it.each([1_500.75, 0.5])("of %s ms is sent in whole milliseconds", async (timeoutMs) => {
    const client = connect({ say: () => ({ text: "in time" }) });
    const failure = await client.say({}, { timeoutMs }).catch((error) => error);
    expect(failure).not.toMatchObject({ code: "invalid_argument" });
    if (timeoutMs > 1) expect(failure).toMatchObject({ text: "in time" });
  });

  it("is the server's own where the caller states none, and at most its longest", async () => {
    const hang: Lab = { say: () => new Promise(() => {}) };
    const patient = { timeoutMs: 3_600_000, retry: false } as const;
    await expect(connect(hang, { deadline: { maxMs: 30 } }, patient).say({})).rejects.toMatchObject({
      code: "deadline_exceeded",
    });
  });

  it("gets shorter from hop to hop and ends what was called in turn", async () => {
    const left: number[] = [];
    const inner = connect({
      look: async (_, { timeoutMs }) => {
        left.push(timeoutMs()!);
        return new Promise(() => {});
      },
    });
    const outer = connect({ say: () => inner.look({}, { timeoutMs: 60_000 }) });
    await expect(outer.say({}, { timeoutMs: 80 })).rejects.toMatchObject({ code: "deadline_exceeded" });
    expect(left[0]).toBeLessThanOrEqual(80);
  });

  it("holds within a stream's handler too, which has none unless the caller states one", async () => {
    const left: (number | undefined)[] = [];
    const inner = connect({
      look: (_, { timeoutMs }) => {
        left.push(timeoutMs());
        return {};
      },
    });
    const outer = connect({
      async *count() {
        yield await inner.look({}, { timeoutMs: 60_000 });
        await new Promise(() => {});
      },
    });
    await expect(collect(outer.count({}, { timeoutMs: 80 }))).rejects.toMatchObject({ code: "deadline_exceeded" });
    expect(left[0]).toBeLessThanOrEqual(80);
  });

  it("does not let a call begin that has no time left", async () => {
    let called = false;
    const inner = connect({
      look: () => {
        called = true;
        return {};
      },
    });
    const late = runInCall({ deadlineMs: Date.now() - 1 }, () => inner.look({}));
    await expect(late).rejects.toMatchObject({ code: "deadline_exceeded" });
    expect(called).toBe(false);
  });
});

describe("validation", () => {
  const validate = createValidation();
  const refused = { code: "invalid_argument", details: { violations: [{ field: "text" }, { field: "count" }] } };
  const wrong = { text: "x".repeat(5_001), count: 1_001 };

  it("names all fields at once, to whoever asked, and does not run the handler", async () => {
    let ran = false;
    const handler: Lab = {
      say: () => {
        ran = true;
        return {};
      },
    };
    await expect(connect(handler, { validate }).say(wrong)).rejects.toMatchObject(refused);
    await expect(connect(handler, {}, { validate }).say(wrong)).rejects.toMatchObject(refused);
    expect(ran).toBe(false);
  });

  it("looks at each message of a stream", async () => {
    const client = connect({ sum: async (lines) => ({ count: (await collect(lines)).length }) }, { validate });
    const sum = client.sum(
      (async function* () {
        yield { count: 1 };
        yield wrong;
      })(),
    );
    await expect(sum).rejects.toMatchObject(refused);
  });

  it("keeps answers that break their contract from leaving the server, as its own fault", async () => {
    const { log, lines } = capture();
    const handler: Lab = {
      say: () => wrong,
      async *count() {
        yield wrong;
      },
    };
    const internal = { code: "internal", message: "internal error" };
    await expect(connect(handler, { validate, log }).say({})).rejects.toMatchObject(internal);
    await expect(collect(connect(handler, { validate, log }).count({}))).rejects.toMatchObject(internal);
    expect(lines.filter(({ err }) => /the answer of lab\.v1\.LabService.* count/.test(String(err)))).toHaveLength(2);
    await expect(connect(handler, {}, { validate }).say({})).rejects.toMatchObject({ code: "internal" });
  });
});

describe("errors", () => {
  const answering = (thrown: unknown) =>
    connect(
      {
        say: () => {
          throw thrown;
        },
        // biome-ignore lint/correctness/useYield: it fails first
        async *count() {
          throw thrown;
        },
      },
      {},
      { retry: false },
    );

  it("come back with the code that they were thrown with, from streams too", async () => {
    for (const code of ["not_found", "circuit_open", "failed_precondition", "transaction_conflict"] as const) {
      const client = answering(new ConcordError(code, "é % \n"));
      await expect(client.say({})).rejects.toMatchObject({ name: "ConcordError", code, message: "é % \n" });
      await expect(collect(client.count({}))).rejects.toMatchObject({ name: "ConcordError", code });
    }
  });

  it("name the field at fault", async () => {
    const client = answering(
      new ConcordError("invalid_argument", "too many", { details: { field: "lines[0].count" } }),
    );
    await expect(client.say({})).rejects.toMatchObject({
      details: { violations: [{ field: "lines[0].count", message: "too many" }] },
    });
  });

  it.each([
    ["an exception", new TypeError("password=hunter2")],
    ["a value that is no error", "password=hunter2"],
    ["a foreign error that Connect has wrapped", ConnectError.from(new Error("password=hunter2"))],
    ["an error of ours that is not for callers", new ConcordError("lease_lost", "password=hunter2")],
  ])("tell nothing of %s (T28, F23)", async (_, thrown) => {
    const internal = { code: "internal", message: "internal error" };
    await expect(answering(thrown).say({})).rejects.toMatchObject(internal);
    await expect(collect(answering(thrown).count({}))).rejects.toMatchObject(internal);
  });
});

describe("a server that is overrun", () => {
  it("refuses further calls at once, and answers again when one has ended", async () => {
    const release = Promise.withResolvers<void>();
    const client = connect({ say: () => release.promise.then(() => ({})) }, { maxCalls: 2 }, { retry: false });
    const running = [client.say({}), client.say({})];
    await expect(client.say({})).rejects.toMatchObject({ code: "resource_exhausted" });
    release.resolve();
    await Promise.all(running);
    await client.say({});
  });

  it("still counts a handler whose caller has gone", async () => {
    const release = Promise.withResolvers<void>();
    const client = connect({ say: () => release.promise.then(() => ({})) }, { maxCalls: 1 }, { retry: false });
    await expect(client.say({}, { timeoutMs: 20 })).rejects.toMatchObject({ code: "deadline_exceeded" });
    await expect(client.say({})).rejects.toMatchObject({ code: "resource_exhausted" });
    release.resolve();
  });

  it("gives the places of streams back, read to the end or not", async () => {
    const client = connect(
      {
        async *count() {
          for (;;) yield {};
        },
      },
      { maxCalls: 1 },
    );
    const readOne = async () => {
      for await (const _ of client.count({})) break;
    };
    // The server hears a moment later that nobody reads.
    for (let n = 0; n < 3; n++) await vi.waitFor(readOne);
  });
});

describe("a client", () => {
  const flaky = (failures: number, code = Code.Unavailable) => {
    const keys: (string | null)[] = [];
    const handle = (_: unknown, { requestHeader }: HandlerContext) => {
      keys.push(requestHeader.get("idempotency-key"));
      if (keys.length <= failures) throw new ConnectError("down", code);
      return {};
    };
    return { keys, handler: { say: handle, look: handle, pay: handle } satisfies Lab };
  };

  it("repeats a call that has no side effects, and no other", async () => {
    const look = flaky(3);
    await connect(look.handler, {}, { retry: { initialMs: 1 } }).look({});
    expect(look.keys).toHaveLength(4);
    const say = flaky(3);
    await expect(connect(say.handler).say({})).rejects.toMatchObject({ code: "unavailable" });
    expect(say.keys).toHaveLength(1);
  });

  it("repeats a call that its contract makes repeatable by a key, with one key", async () => {
    const { keys, handler } = flaky(2);
    const client = connect(handler, {}, { retry: { initialMs: 1 } });
    await client.pay({});
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), keys[0], keys[0]]);
    await client.pay({}, { headers: { "idempotency-key": "mine" } });
    expect(keys[3]).toBe("mine");
  });

  it("does not repeat refusals, beyond its deadline or its budget", async () => {
    const refused = flaky(9, Code.InvalidArgument);
    await expect(connect(refused.handler).look({})).rejects.toMatchObject({ code: "invalid_argument" });
    expect(refused.keys).toHaveLength(1);
    const late = flaky(9);
    await expect(
      connect(late.handler, {}, { retry: { initialMs: 60_000, maxMs: 60_000 } }).look({}),
    ).rejects.toMatchObject({
      code: "unavailable",
    });
    expect(late.keys).toHaveLength(1);
    const poor = flaky(99);
    const client = connect(poor.handler, {}, { retry: { initialMs: 1, budget: 8 } });
    for (let n = 0; n < 10; n++) await client.look({}).catch(() => {});
    expect(poor.keys.length).toBeLessThanOrEqual(10 + 3);
  });

  it("does not call a service that keeps failing, and answers by its fallback (N20, S16, P22)", async () => {
    let calls = 0;
    const handler: Lab = {
      say: () => {
        calls++;
        throw new ConnectError("down", Code.Unavailable);
      },
    };
    const breaker = createBreaker({ name: "lab", failures: 2 });
    const fallback = { say: ({ text = "" }: { text?: string }) => ({ text: `${text}, from memory` }) };
    const client = connect(handler, {}, { breaker, fallback });
    for (let n = 0; n < 4; n++) expect(await client.say({ text: "7" })).toMatchObject({ text: "7, from memory" });
    expect(calls).toBe(2);
    expect(breaker.isOpen).toBe(true);
  });

  it("opens no circuit over refused requests, and answers them by no fallback", async () => {
    const handler: Lab = {
      say: () => {
        throw new ConcordError("not_found", "no such line");
      },
    };
    const breaker = createBreaker({ name: "lab", failures: 1 });
    const client = connect(handler, {}, { breaker, fallback: { say: () => ({}) } });
    for (let n = 0; n < 3; n++) await expect(client.say({})).rejects.toMatchObject({ code: "not_found" });
    expect(breaker.isOpen).toBe(false);
  });

  it("is refused without a place to call", () => {
    expect(() => createRpcClient(lab.service as DescService, {})).toThrow(/needs one of url, nats and local/);
  });
});

describe("the access log", () => {
  it("has one line a call, with its outcome and without what was sent", async () => {
    const { log, lines } = capture();
    const client = connect(
      {
        say: () => ({}),
        async *count() {
          yield {};
          throw new ConcordError("not_found", "no more");
        },
      },
      { log },
    );
    await client.say({ text: "secret" });
    await collect(client.count({ text: "secret" })).catch(() => {});
    expect(lines).toEqual([
      { rpc: "lab.v1.LabService/Say", code: "ok", durationMs: expect.any(Number) },
      { rpc: "lab.v1.LabService/Count", code: "not_found", durationMs: expect.any(Number) },
    ]);
  });
});
