import type { DescService } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import { describe, expect, it, vi } from "vitest";
import { compileLab, type LabService } from "../../../../tools/rpc-lab.ts";
import { ConcordError } from "../core/error.ts";
import { silentLog } from "../core/log.ts";
import { openEmbedded } from "../embedded/index.ts";
import { createRpcClient } from "../rpc/index.ts";
import { openSqlite } from "../sqlite/index.ts";
import type { RpcContext } from "./definition.ts";
import { createService } from "./service.ts";

const lab = compileLab();

interface Bed extends AsyncDisposable {
  readonly client: Client<LabService>;
  readonly url: string;
  /** Texts that were committed. */
  effects(): Promise<string[]>;
  /** Another process of the same service on the same database. */
  replica(handlers: Handlers): Promise<Client<LabService>>;
}

type Handler = (request: { readonly text: string }, context: RpcContext) => Promise<{ text: string }>;
type Handlers = Partial<Record<"pay" | "charge", Handler>>;

async function openBed(handlers: Handlers): Promise<Bed> {
  const opened = new AsyncDisposableStack();
  const transport = opened.use(await openEmbedded({ path: ":memory:" }));
  const database = opened.adopt(openSqlite({ path: ":memory:" }), (sqlite) => sqlite.close());
  await database.query(database.db, "CREATE TABLE effect (text TEXT NOT NULL)");
  const start = async (given: Handlers) => {
    // The lab's types are written by hand, its descriptor is compiled when the test runs.
    const service = createService({ name: "lab" }).rpc(lab.service as DescService, given as never);
    const running = await service.start({ transport, database, log: silentLog, config: { port: 0 } });
    return opened.use(running).url!;
  };
  const url = await start(handlers);
  const toClient = (base: string) => createRpcClient(lab.service, { url: base, retry: false });
  return {
    client: toClient(url),
    url,
    effects: async () =>
      (await database.query<{ text: string }>(database.db, "SELECT text FROM effect")).map(({ text }) => text),
    replica: async (given) => toClient(await start(given)),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Writes what is said, once a commit. */
const write: Handler = ({ text }, { transaction, newId }) =>
  transaction(async ({ tx }) => {
    await tx.query("INSERT INTO effect (text) VALUES ($1)", [text]);
    return { text: newId() };
  });

const withKey = (key: string) => ({ headers: { "idempotency-key": key } });

describe("a call with an idempotency key", () => {
  it("has one effect and one answer, however often it is made (R12)", async () => {
    await using bed = await openBed({ pay: write });
    const first = await bed.client.pay({ text: "a" }, withKey("k1"));
    for (let n = 0; n < 3; n++) {
      const header = vi.fn<(headers: Headers) => void>();
      const again = await bed.client.pay({ text: "a" }, { ...withKey("k1"), onHeader: header });
      expect(again).toEqual(first);
      expect(header.mock.calls[0]![0].get("idempotency-replayed")).toBe("true");
    }
    expect(await bed.client.pay({ text: "a" }, withKey("k2"))).not.toEqual(first);
    expect(await bed.client.pay({ text: "a" })).not.toEqual(first);
    expect(await bed.effects()).toEqual(["a", "a", "a"]);
  });

  it("is refused with another request (F24)", async () => {
    await using bed = await openBed({ pay: write });
    await bed.client.pay({ text: "a" }, withKey("k1"));
    const other = bed.client.pay({ text: "b" }, withKey("k1"));
    await expect(other).rejects.toMatchObject({ code: "failed_precondition" });
    expect(await bed.effects()).toEqual(["a"]);
  });

  it("made many times at once has one effect, and all get the first answer", async () => {
    await using bed = await openBed({ pay: write });
    const replica = await bed.replica({ pay: write });
    const calls = Array.from({ length: 20 }, (_, n) =>
      (n % 2 ? replica : bed.client).pay({ text: "a" }, withKey("k1")),
    );
    const texts = (await Promise.all(calls)).map(({ text }) => text);
    expect(new Set(texts).size).toBe(1);
    expect(await bed.effects()).toEqual(["a"]);
  });

  it("is run once in one process: duplicates wait for the first (R12)", async () => {
    let runs = 0;
    await using bed = await openBed({
      pay: (request, context) => {
        runs++;
        return write(request, context);
      },
    });
    await Promise.all(Array.from({ length: 10 }, () => bed.client.pay({ text: "a" }, withKey("k1"))));
    const other = bed.client.pay({ text: "b" }, withKey("k1"));
    await expect(other).rejects.toMatchObject({ code: "failed_precondition" });
    expect(runs).toBe(1);
  });

  it("that failed left nothing behind, and can be made again", async () => {
    let runs = 0;
    await using bed = await openBed({
      pay: (request, context) =>
        context.transaction(async ({ tx }) => {
          await tx.query("INSERT INTO effect (text) VALUES ($1)", [request.text]);
          if (++runs === 1) throw new ConcordError("unavailable", "not now");
          return { text: "done" };
        }),
    });
    await expect(bed.client.pay({ text: "a" }, withKey("k1"))).rejects.toMatchObject({ code: "unavailable" });
    expect(await bed.client.pay({ text: "a" }, withKey("k1"))).toMatchObject({ text: "done" });
    expect(await bed.effects()).toEqual(["a"]);
  });

  it("that died between commit and answer goes on behind its transactions, by what they gave", async () => {
    let dying = true;
    const handler: Handler = async ({ text }, { transaction, newId }) => {
      const put = (value: string) =>
        transaction(async ({ tx }) => {
          await tx.query("INSERT INTO effect (text) VALUES ($1)", [value]);
          return { id: newId(), amount: 7n };
        });
      const first = await put(`${text}1`);
      if (dying) throw new Error("the process dies here");
      const second = await put(`${text}2`);
      return { text: `${first.id} ${first.amount} ${second.amount}` };
    };
    await using bed = await openBed({ pay: handler });
    await expect(bed.client.pay({ text: "a" }, withKey("k1"))).rejects.toMatchObject({ code: "internal" });
    expect(await bed.effects()).toEqual(["a1"]);
    dying = false;
    const answer = await bed.client.pay({ text: "a" }, withKey("k1"));
    expect(answer.text).toMatch(/^[0-9a-f-]{36} 7 7$/);
    expect(await bed.client.pay({ text: "a" }, withKey("k1"))).toEqual(answer);
    expect(await bed.effects()).toEqual(["a1", "a2"]);
  });

  it("is refused without a key where the contract requires one, and with a key that is none", async () => {
    await using bed = await openBed({ charge: write });
    const post = (headers: Record<string, string>) =>
      fetch(`${bed.url}/lab.v1.LabService/Charge`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: "{}",
      });
    for (const headers of [{}, { "idempotency-key": "a b" }, { "idempotency-key": "x".repeat(256) }]) {
      const response = await post(headers as Record<string, string>);
      expect([response.status, await response.json()]).toMatchObject([400, { code: "invalid_argument" }]);
    }
    expect((await post({ "idempotency-key": "k1" })).status).toBe(200);
  });
});
