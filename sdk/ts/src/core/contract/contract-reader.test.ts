import { file_concord_event_v1_envelope } from "@concord/gen/concord/event/v1/envelope_pb.js";
import { OrderCreatedSchema, OrderService } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import { expect, test } from "vitest";
import { createContractReader } from "./contract-reader.ts";

const day = 86_400_000;

test("a stream has the settings of its file, and the defaults for the rest", () => {
  expect(createContractReader().stream(OrderCreatedSchema.file)).toEqual({
    name: "orders",
    retentionMs: 30 * day,
    replicas: undefined,
    maxBytes: undefined,
    maxMessages: undefined,
    dedupeWindowMs: 120_000,
    partitions: 8,
  });
});

test("a file without a stream is refused by name", () => {
  expect(() => createContractReader().stream(file_concord_event_v1_envelope)).toThrow(
    expect.objectContaining({
      code: "invalid_contract",
      message: expect.stringContaining("concord/event/v1/envelope"),
    }),
  );
});

test("a service says who it is, what it handles and what it sends", () => {
  const contract = createContractReader().service(OrderService);
  expect(contract).toMatchObject({ name: "orders", source: "/shop/orders", schema: OrderService });
  expect(contract.consumes.map(({ event }) => event)).toContain("shop.inventory.v1.StockReserved");
  expect(contract.sends).toEqual(["shop.payments.v1.ChargePayment", "shop.payments.v1.RefundPayment"]);
  expect(contract.methods.map(({ name }) => name)).toContain("CreateOrder");
});

test("a service that handles nothing has empty lists", () => {
  expect(createContractReader().service(UserService)).toMatchObject({ consumes: [], sends: [] });
});

test("a reader reads each contract once, and two readers share nothing", () => {
  const reader = createContractReader();
  expect(reader.event(OrderCreatedSchema)).toBe(reader.event(OrderCreatedSchema));
  expect(createContractReader().event(OrderCreatedSchema)).not.toBe(reader.event(OrderCreatedSchema));
});
