import { clone, create, createFileRegistry, type DescService, setExtension } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { ServiceOptionsSchema, service as serviceOption } from "@concord/gen/concord/event/v1/options_pb.js";
import { file_shop_inventory_v1_inventory, InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { OrderCreatedSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { expect, it } from "vitest";
import type { ServiceHandler } from "../../service/index.ts";
import { createService } from "../../service/index.ts";
import { createTestBed } from "./create-test-bed.ts";
import { createFieldRecord } from "./field-record.ts";

type Handler = ServiceHandler<typeof OrderCreatedSchema, never, never>;

/** The contract of inventory, which says that it reads these fields of an order. */
function inventoryReading(...fields: string[]): DescService {
  const proto = clone(FileDescriptorProtoSchema, file_shop_inventory_v1_inventory.proto);
  const declared = proto.service.find(({ name }) => name === InventoryService.name)!;
  const consumes = [{ event: OrderCreatedSchema.typeName, fields }];
  setExtension(declared.options!, serviceOption, create(ServiceOptionsSchema, { name: "inventory", consumes }));
  const imports = new Map(withImports(file_shop_inventory_v1_inventory).map((file) => [`${file.name}.proto`, file]));
  return createFileRegistry(proto, (name) => imports.get(name)).getService(InventoryService.typeName)!;
}

function withImports(file: typeof file_shop_inventory_v1_inventory): (typeof file)[] {
  return [file, ...file.dependencies.flatMap(withImports)];
}

const order = {
  orderId: "o-1",
  userId: "ada",
  lines: [{ productId: "keyboard", quantity: 2 }],
  total: { minorUnits: 100n, currency: "USD" },
};

async function play(fields: readonly string[], handler: Handler, record = createFieldRecord()) {
  const inventory = createService({ name: "inventory", contract: inventoryReading(...fields) });
  inventory.on(OrderCreatedSchema, handler as never);
  await using bed = await createTestBed({ services: [inventory], fields: record });
  await bed.publish(OrderCreatedSchema, order);
  await bed.settled();
  return bed.fields.of("inventory", OrderCreatedSchema);
}

it("a handler that reads a field which its contract does not list fails the test", async () => {
  const playing = play(["order_id"], ({ data }) => void [data.orderId, data.lines.length, data.total?.currency]);
  await expect(playing).rejects.toMatchObject({
    code: "invalid_contract",
    message: [
      'inventory reads lines of shop.orders.v1.OrderCreated; add it to the fields of its "consumes"',
      'inventory reads total of shop.orders.v1.OrderCreated; add it to the fields of its "consumes"',
      'inventory reads total.currency of shop.orders.v1.OrderCreated; add it to the fields of its "consumes"',
    ].join("\n"),
  });
});

it("a list with all that is read passes, by whole messages and by their fields", async () => {
  const read = await play(["order_id", "lines", "total.currency"], ({ data }) => {
    void [data.orderId, data.lines.map(({ productId }) => productId), data.total?.currency];
  });
  expect(read).toEqual(["lines", "lines.product_id", "order_id", "total", "total.currency"]);
});

it("a contract that lists nothing is not held to anything, and the bed tells what it should list", async () => {
  expect(await play([], ({ data }) => void { ...data }.userId)).toEqual([
    "lines",
    "order_id",
    "payment_method",
    "total",
    "user_id",
  ]);
});

it("a listed field that no handler has read fails the check in the last test, and no test before it", async () => {
  const record = createFieldRecord();
  const fields = ["order_id", "user_id", "total"];
  await play(fields, ({ data }) => void data.orderId, record);
  expect(() => record.check()).toThrow(
    [
      'inventory lists user_id of shop.orders.v1.OrderCreated, but no handler has read it; take it out of "consumes", or test what reads it',
      'inventory lists total of shop.orders.v1.OrderCreated, but no handler has read it; take it out of "consumes", or test what reads it',
    ].join("\n"),
  );
  await play(fields, ({ data }) => void [data.userId, data.total?.currency], record);
  expect(() => record.check()).not.toThrow();
});

it("an event that the contract lists fields of and that nobody handles fails that check", async () => {
  const record = createFieldRecord();
  record.watch(createService({ name: "inventory", contract: inventoryReading("order_id") }) as never);
  expect(() => record.check()).toThrow(/^inventory lists order_id of shop\.orders\.v1\.OrderCreated, but no handler/);
});

it("what is read in the runs that crash is recorded too", async () => {
  const inventory = createService({ name: "inventory", contract: inventoryReading() });
  inventory.on(OrderCreatedSchema, ({ data }) => void ("total" in data));
  await using bed = await createTestBed({ services: [inventory] });
  await bed.crashEverywhere((world) => world.publish(OrderCreatedSchema, order), { points: ["inbox.commit"] });
  expect(bed.fields.of("inventory", OrderCreatedSchema)).toEqual(["total"]);
}, 60_000);
