import { expect, it } from "vitest";
import {
  checkNamespace,
  durableName,
  formatSubject,
  parseSubject,
  partitionFilter,
  serviceSubject,
  streamName,
  streamSubjects,
} from "./subject.ts";

const order = {
  tree: "evt",
  stream: "orders",
  partition: 5,
  keyToken: "order-1",
  type: "shop.orders.v1.OrderCreated",
} as const;

it("puts the key before the type, so that one key can be filtered", () => {
  expect(formatSubject(order)).toBe("evt.orders.5.order-1.shop.orders.v1.OrderCreated");
  expect(formatSubject({ ...order, namespace: "x", keyToken: undefined })).toBe(
    "x.evt.orders.5._.shop.orders.v1.OrderCreated",
  );
});

it("reads back what it writes, also from dead letters and redrives", () => {
  const subject = formatSubject({ ...order, namespace: "x" });
  expect(parseSubject(subject)).toEqual({ ...order, namespace: "x" });
  for (const tree of ["dlq", "rdr"] as const) {
    const moved = serviceSubject(tree, "inventory", "x", subject);
    expect(moved).toBe(`x.${tree}.inventory.evt.orders.5.order-1.shop.orders.v1.OrderCreated`);
    expect(parseSubject(moved)).toEqual({ ...order, namespace: "x" });
  }
});

it.each([
  "",
  "evt",
  "evt.orders",
  "evt.orders.x.k.t",
  "evt.orders.01.k.t",
  "evt.orders.1.k",
  "dlq.inventory",
  "a.b.evt.orders.1.k.t",
])("reads %j as no subject of ours", (subject) => {
  expect(parseSubject(subject)).toBeUndefined();
});

it("refuses a subject over 1,024 bytes, which older servers answer by closing the connection", () => {
  const room = 1_024 - formatSubject({ ...order, type: "" }).length;
  expect(formatSubject({ ...order, type: "t".repeat(room) })).toHaveLength(1_024);
  expect(() => formatSubject({ ...order, type: "t".repeat(room + 1) })).toThrow(
    expect.objectContaining({ code: "invalid_key" }),
  );
});

it("filters a partition whole or by one type, in every tree", () => {
  expect(partitionFilter({ tree: "evt", stream: "orders" }, 3)).toBe("evt.orders.3.>");
  expect(partitionFilter({ tree: "evt", stream: "orders", namespace: "x" }, 3, "a.v1.B")).toBe(
    "x.evt.orders.3.*.a.v1.B",
  );
  expect(partitionFilter({ tree: "rdr", stream: "inventory" }, 3)).toBe("rdr.inventory.*.*.3.>");
});

it("names streams and durables by the contract's names", () => {
  expect(streamName("evt", "orders")).toBe("evt-orders");
  expect(streamName("dlq", "inventory", "x")).toBe("x-dlq-inventory");
  expect(streamSubjects("cmd", "payments", "x")).toBe("x.cmd.payments.>");
  expect(durableName("inventory", "orders", 3)).toBe("inventory-orders-3");
});

it.each(["", "A", "1a", "a-b", "evt", "cmd", "dlq", "rdr", "a".repeat(33)])("refuses the namespace %j", (namespace) => {
  expect(() => checkNamespace(namespace)).toThrow(expect.objectContaining({ code: "config" }));
});

it.each(["", "Orders", "-a", "a.b", "a".repeat(33)])("refuses the stream name %j", (stream) => {
  expect(() => formatSubject({ ...order, stream })).toThrow(expect.objectContaining({ code: "config" }));
});
