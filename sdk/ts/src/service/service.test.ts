import {
  InventoryService,
  ProductListedSchema,
  StockReservedSchema,
} from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { OrderCreatedSchema, OrderDeliveredSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { ChargePaymentSchema } from "@concord/gen/shop/payments/v1/payments_pb.js";
import { expect, it } from "vitest";
import { TerminalError } from "../core/error.ts";
import { silentLog } from "../core/log.ts";
import { openEmbedded } from "../embedded/index.ts";
import { openSqlite } from "../sqlite/index.ts";
import { createTestBed } from "../testing/index.ts";
import { createService } from "./service.ts";

const lines = [{ productId: "kb-1", quantity: 1 }];
const price = { minorUnits: 100n, currency: "USD" };

function createReserving() {
  return createService({ name: "inventory", contract: InventoryService }).on(
    OrderCreatedSchema,
    async ({ data, publish }) => {
      await publish(StockReservedSchema, { orderId: data.orderId });
    },
  );
}

it("starts nothing when it is made", () => {
  const service = createReserving();
  expect(service.name).toBe("inventory");
  expect(service.definition.events).toHaveLength(1);
});

it("handles an event and publishes another, in one commit", async () => {
  await using bed = await createTestBed({ services: [createReserving()] });
  const { id } = await bed.publish(OrderCreatedSchema, { orderId: "o-1", lines });
  await bed.settled();
  const [reserved] = await bed.published(StockReservedSchema);
  expect(reserved).toMatchObject({
    data: { orderId: "o-1" },
    envelope: {
      source: "/shop/inventory",
      key: "o-1",
      causationId: id,
      idempotencyKey: "o-1",
      sequence: expect.any(BigInt),
    },
  });
});

it("publishes several events of one contract at once, from a handler and from a transaction", async () => {
  const service = createService({
    name: "inventory",
    contract: InventoryService,
    seed: async ({ publishAll }) => {
      await publishAll(
        ProductListedSchema,
        ["kb-1", "kb-2"].map((productId) => ({ productId, name: "Keyboard", price })),
      );
    },
  }).on(OrderCreatedSchema, async ({ data, publishAll }) => {
    const published = await publishAll(
      StockReservedSchema,
      ["a", "b", "c"].map((part) => ({ orderId: `${data.orderId}-${part}` })),
    );
    expect(new Set(published.map(({ id }) => id)).size).toBe(3);
  });
  await using bed = await createTestBed({ services: [service] });
  const { id } = await bed.publish(OrderCreatedSchema, { orderId: "o-1", lines });
  await bed.settled();
  expect(await bed.published(ProductListedSchema)).toHaveLength(2);
  const reserved = await bed.published(StockReservedSchema);
  expect(reserved.map(({ data }) => data.orderId).toSorted()).toEqual(["o-1-a", "o-1-b", "o-1-c"]);
  expect(reserved.map(({ envelope }) => envelope.causationId)).toEqual([id, id, id]);
});

it("publishes nothing when the transaction throws (T7)", async () => {
  const service = createService({ name: "inventory" }).rpc(InventoryService, {
    putProduct: (request, { transaction }) =>
      transaction(async ({ publish }) => {
        await publish(ProductListedSchema, { productId: request.productId, name: request.name, price });
        throw new Error("after all not");
      }),
  });
  await using bed = await createTestBed({ services: [service] });
  const put = bed.client(InventoryService).putProduct({ productId: "kb-1", name: "Keyboard", quantity: 1, price });
  await expect(put).rejects.toMatchObject({ code: "internal", message: "internal error" });
  await bed.settled();
  expect(await bed.published(ProductListedSchema)).toEqual([]);
});

it("refuses to publish another's event and a command it does not declare", async () => {
  const refused: unknown[] = [];
  const service = createService({ name: "inventory", contract: InventoryService }).on(
    OrderCreatedSchema,
    async ({ publish, send }) => {
      await publish(OrderDeliveredSchema, { orderId: "o-1", userId: "ada" }).catch((error) => refused.push(error.code));
      await send(ChargePaymentSchema, {
        paymentId: "p",
        orderId: "o-1",
        userId: "ada",
        amount: price,
        method: 1,
      }).catch((error) => refused.push(error.code));
    },
  );
  await using bed = await createTestBed({ services: [service] });
  await bed.publish(OrderCreatedSchema, { orderId: "o-1", lines });
  await bed.settled();
  expect(refused).toEqual(["failed_precondition", "failed_precondition"]);
});

it("refuses a handler of what its contract does not list, naming the file and the mend", async () => {
  const service = createReserving().on(OrderDeliveredSchema, () => {});
  const started = service.start({ listen: false, log: silentLog, config: { databaseUrl: "sqlite::memory:" } });
  await expect(started).rejects.toMatchObject({
    code: "invalid_contract",
    message: expect.stringMatching(
      /inventory\.proto: .*add to consumes: \{event: "shop\.orders\.v1\.OrderDelivered"\}/,
    ),
  });
});

it("refuses a second handler of one type and a name that is none", () => {
  expect(() => createReserving().on(OrderCreatedSchema, () => {})).toThrow(expect.objectContaining({ code: "config" }));
  expect(() => createService({ name: "Inventory" })).toThrow(expect.objectContaining({ code: "config" }));
});

it("keeps two services of one process apart: no shared state (T33)", async () => {
  const seen: string[][] = [[], []];
  const open = async (index: number) => {
    const service = createService({ name: "inventory", contract: InventoryService }).on(
      OrderCreatedSchema,
      ({ data }) => {
        seen[index]?.push(data.orderId);
      },
    );
    return createTestBed({ services: [service] });
  };
  await using first = await open(0);
  await using second = await open(1);
  await first.publish(OrderCreatedSchema, { orderId: "a", lines });
  await second.publish(OrderCreatedSchema, { orderId: "b", lines });
  await Promise.all([first.settled(), second.settled()]);
  expect(seen).toEqual([["a"], ["b"]]);
});

it("keeps namespaces on one broker apart", async () => {
  const seen: string[] = [];
  await using transport = await openEmbedded({ path: ":memory:" });
  const open = (namespace: string) =>
    createService({ name: "inventory", contract: InventoryService })
      .on(OrderCreatedSchema, ({ data }) => void seen.push(`${namespace} ${data.orderId}`))
      .start({
        transport,
        database: openSqlite({ path: ":memory:" }),
        listen: false,
        log: silentLog,
        config: { namespace },
      });
  await using _red = await open("red");
  await using _blue = await open("blue");
  expect(await transport.streamState("red-evt-orders")).toBeDefined();
  expect(await transport.streamState("blue-evt-orders")).toBeDefined();
  expect(await transport.streamState("evt-orders")).toBeUndefined();
});

it("refuses a second service of its name with another database", async () => {
  await using transport = await openEmbedded({ path: ":memory:" });
  const startWith = (database: ReturnType<typeof openSqlite>) =>
    createReserving().start({ transport, database, listen: false, log: silentLog });
  const own = openSqlite({ path: ":memory:" });
  await (await startWith(own)).close();
  await (await startWith(own)).close();
  await expect(startWith(openSqlite({ path: ":memory:" }))).rejects.toMatchObject({
    code: "stream_conflict",
    message: expect.stringMatching(/dlq-inventory .*service of the same name with another database/),
  });
});

it("plants its seed once in the life of a database, however often it starts", async () => {
  let planted = 0;
  const service = createService({
    name: "inventory",
    contract: InventoryService,
    seed: async ({ publish }) => {
      planted++;
      await publish(ProductListedSchema, { productId: "kb-1", name: "Keyboard", price });
    },
  });
  await using transport = await openEmbedded({ path: ":memory:" });
  await using database = new AsyncDisposableStack();
  const sqlite = database.adopt(openSqlite({ path: ":memory:" }), (opened) => opened.close());
  for (let start = 0; start < 3; start++) {
    await using _ = await service.start({ transport, database: sqlite, listen: false, log: silentLog });
  }
  expect(planted).toBe(1);
});

it("says ready only while database and broker work, and not while it drains", async () => {
  const transport = await openEmbedded({ path: ":memory:" });
  const service = await createReserving().start({
    transport,
    database: openSqlite({ path: ":memory:" }),
    listen: false,
    log: silentLog,
  });
  expect(await service.health()).toMatchObject({
    ready: true,
    checks: { database: { healthy: true }, broker: { healthy: true } },
  });
  await transport.close();
  expect(await service.health()).toMatchObject({ ready: false, checks: { broker: { healthy: false } } });
  await service.close();
  expect(await service.health()).toMatchObject({ ready: false });
});

it("runs without a database: handlers publish straight to the broker, retries and dead letters included", async () => {
  let runs = 0;
  const service = createService({ name: "inventory", stateless: true, contract: InventoryService }).on(
    OrderCreatedSchema,
    async ({ data, publish, attempt }) => {
      runs++;
      if (data.orderId === "bad") throw new TerminalError("no use");
      if (attempt === 1) throw new Error("not yet");
      await publish(StockReservedSchema, { orderId: data.orderId });
    },
  );
  await using bed = await createTestBed({ services: [service] });
  await bed.publish(OrderCreatedSchema, { orderId: "good", lines });
  await bed.publish(OrderCreatedSchema, { orderId: "bad", lines });
  const dead = () => bed.transport.streamState("dlq-inventory");
  while (runs < 3 || (await dead())?.messages === 0n) {
    await new Promise(setImmediate);
    bed.clock.advanceToNext();
  }
  expect((await bed.published(StockReservedSchema)).map(({ data }) => data.orderId)).toEqual(["good"]);
  expect(await dead()).toMatchObject({ messages: 1n });
});
