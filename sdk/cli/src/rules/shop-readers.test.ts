import { clone, type DescFile, type FileRegistry } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { file_shop_inventory_v1_inventory } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { file_shop_notifications_v1_notifications } from "@concord/gen/shop/notifications/v1/notifications_pb.js";
import { file_shop_orders_v1_orders } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { file_shop_payments_v1_payments } from "@concord/gen/shop/payments/v1/payments_pb.js";
import { file_shop_users_v1_users } from "@concord/gen/shop/users/v1/users_pb.js";
import { describe, expect, test } from "vitest";
import { linkFiles } from "../change/file-registry.ts";
import { judgeChange, type Verdict } from "./judge.ts";

const files = allOf([
  file_shop_inventory_v1_inventory,
  file_shop_notifications_v1_notifications,
  file_shop_orders_v1_orders,
  file_shop_payments_v1_payments,
  file_shop_users_v1_users,
]);
const before = linkFiles(files.map(({ proto }) => proto));

function allOf(roots: readonly DescFile[]): readonly DescFile[] {
  const withImports = (file: DescFile): DescFile[] => [...file.dependencies.flatMap(withImports), file];
  return [...new Set(roots.flatMap(withImports))];
}

/** The contracts of the shop with another field of one message. */
function changeField(message: string, field: string, how: "removed" | "renamed"): FileRegistry {
  const protos = files.map((file) => clone(FileDescriptorProtoSchema, file.proto));
  const changed = findMessage(protos, message);
  const found = changed.field.find(({ name }) => name === field)!;
  if (how === "renamed") [found.name, found.jsonName] = ["other", "other"];
  else changed.field = changed.field.filter((each) => each !== found);
  return linkFiles(protos);
}

function findMessage(protos: readonly FileDescriptorProto[], name: string) {
  return protos
    .flatMap((file) => file.messageType.map((message) => ({ name: `${file.package}.${message.name}`, message })))
    .find((each) => each.name === name)!.message;
}

/** What is told of the fields of one event. */
function verdictsOf(event: string, message: string, field: string, how: "removed" | "renamed"): Verdict[] {
  const rule = how === "removed" ? "FIELD_REMOVED_EVENT" : "FIELD_NAME";
  return judgeChange(before, changeField(message, field, how)).filter(
    (verdict) => verdict.rule === rule && verdict.message.includes(`of ${event} `),
  );
}

describe.each(["removed", "renamed"] as const)("a field of the shop's events that is %s names who reads it", (how) => {
  test.each([
    ["OrderShipped", "user_id", "user_id", ["notifications"]],
    ["OrderShipped", "order_id", "order_id", ["inventory", "notifications"]],
    ["OrderCancelled", "order_id", "order_id", ["inventory", "notifications", "payments"]],
    ["OrderCancelled", "detail", "detail", ["notifications"]],
    ["OrderCreated", "total", "total", []],
    ["OrderCreated", "payment_method", "payment_method", []],
    ["OrderConfirmed", "payment_id", "payment_id", []],
    ["OrderConfirmed", "total", "total", ["notifications"]],
  ])("%s.%s", (event, field, path, readers) => {
    const name = `shop.orders.v1.${event}`;
    expect(verdictsOf(name, name, field, how)).toMatchObject([{ consumers: readers, fields: [path] }]);
  });

  test.each([
    ["OrderCreated", "quantity", ["inventory"]],
    ["OrderCreated", "unit_price", []],
    ["OrderConfirmed", "unit_price", ["notifications"]],
    ["OrderCancelled", "name", ["notifications"]],
  ])("the lines of %s: %s", (event, field, readers) => {
    const verdicts = verdictsOf(`shop.orders.v1.${event}`, "shop.orders.v1.OrderLine", field, how);
    expect(verdicts).toMatchObject([{ consumers: readers, fields: [`lines.${field}`] }]);
  });
});

test("the words say whom a change breaks, and that nobody is broken", () => {
  const shipped = "shop.orders.v1.OrderShipped";
  const created = "shop.orders.v1.OrderCreated";
  const wordsOf = (event: string, field: string) => verdictsOf(event, event, field, "removed")[0]?.message;
  expect(wordsOf(shipped, "user_id")).toContain('(this breaks "notifications", which reads it)');
  expect(wordsOf(shipped, "order_id")).toContain('(this breaks "inventory", "notifications", which read it)');
  expect(wordsOf(created, "total")).toContain("(no consumer reads it)");
});
