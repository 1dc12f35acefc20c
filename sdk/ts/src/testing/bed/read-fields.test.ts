import { clone, create, createFileRegistry, type DescService, setExtension } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { ServiceOptionsSchema, service as serviceOption } from "@concord/gen/concord/event/v1/options_pb.js";
import { file_shop_inventory_v1_inventory, InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { OrderCreatedSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { expect, it } from "vitest";
import type { ServiceHandler } from "../../service/index.ts";
import { createService } from "../../service/index.ts";
import { createTestBed } from "./create-test-bed.ts";

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

async function play(fields: readonly string[], handler: Handler) {
  const inventory = createService({ name: "inventory", contract: inventoryReading(...fields) });
  inventory.on(OrderCreatedSchema, handler as never);
  await using bed = await createTestBed({ services: [inventory] });
  await bed.publish(OrderCreatedSchema, order);
  await bed.settled();
  return bed.fieldsRead("inventory", OrderCreatedSchema);
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
