import { create, type DescMessage } from "@bufbuild/protobuf";
import { MoneySchema } from "@concord/gen/shop/common/v1/money_pb.js";
import { OrderConfirmedSchema, OrderCreatedSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { ChargePaymentSchema } from "@concord/gen/shop/payments/v1/payments_pb.js";
import { UserCreatedSchema } from "@concord/gen/shop/users/v1/users_pb.js";
import { expect, test } from "vitest";
import { compileProtos } from "../../../../../tools/compile-protos.ts";
import { eventContract, isEvent } from "./event-contract.ts";
import { defaultRetryPolicy } from "./retry-policy.ts";

test("an event takes its subject's parts from its stream", () => {
  const contract = eventContract(OrderCreatedSchema);
  expect(contract).toMatchObject({
    type: "shop.orders.v1.OrderCreated",
    subjectType: "shop.orders.v1.OrderCreated",
    kind: "event",
    owner: "orders",
    tree: "evt",
    stream: "orders",
    partitions: 8,
    retry: defaultRetryPolicy,
    deadLetterRetentionMs: 30 * 86_400_000,
    deprecation: undefined,
  });
});

test("a command goes to its owner, with the partitions of the file that declares it", () => {
  const contract = eventContract(ChargePaymentSchema);
  expect(contract).toMatchObject({
    kind: "command",
    owner: "payments",
    tree: "cmd",
    stream: "payments",
    partitions: 8,
  });
});

test("the key is the text of the key field, and absent when the field is unset", () => {
  const { keyOf } = eventContract(OrderCreatedSchema);
  expect(keyOf(create(OrderCreatedSchema, { orderId: "order-1" }))).toBe("order-1");
  expect(keyOf(create(OrderCreatedSchema))).toBeUndefined();
});

test("the idempotency key joins its fields, each escaped, so that no two operations share one", () => {
  const { idempotencyKeyOf } = eventContract(OrderConfirmedSchema);
  expect(idempotencyKeyOf(create(OrderConfirmedSchema, { orderId: "a/b", paymentId: "ü" }))).toBe("a%2Fb/%C3%BC");
});

test("an unset idempotency field is refused by name", () => {
  const { idempotencyKeyOf } = eventContract(OrderConfirmedSchema);
  expect(() => idempotencyKeyOf(create(OrderConfirmedSchema, { orderId: "order-1" }))).toThrow(
    expect.objectContaining({ code: "invalid_data", message: expect.stringContaining("payment_id") }),
  );
});

test("sensitive fields are listed by path", () => {
  expect(eventContract(UserCreatedSchema).sensitiveFields).toEqual(["email", "full_name"]);
});

test("a message without the option is no event", () => {
  expect(isEvent(MoneySchema)).toBe(false);
  expect(() => eventContract(MoneySchema)).toThrow(expect.objectContaining({ code: "invalid_contract" }));
});

const registry = compileProtos({
  "case.proto": `
    syntax = "proto3";
    package case;
    import "concord/event/v1/options.proto";
    option (concord.event.v1.stream) = {name: "case", partitions: 3};
    message Full {
      option (concord.event.v1.event) = {
        owner: "case" key: "at.place" subject: "full.v2"
        retry: {initial_ms: 10 max_ms: 20 max_attempts: 3 handler_timeout_ms: 40}
        dead_letter: {retention_days: 2}
        deprecation: {since: "2026-11-01" replaced_by: "case.Bare" note: "split"}
      };
      Place at = 1;
      repeated Place others = 2;
    }
    message Place { string place = 1; Secret secret = 2; Place inner = 3; }
    message Secret { string code = 1 [debug_redact = true]; string hint = 2 [(concord.event.v1.sensitive) = true]; }
    message Bare { option (concord.event.v1.event) = {owner: "case"}; }
    message NoOwner { option (concord.event.v1.event) = {}; }
    message NoField { option (concord.event.v1.event) = {owner: "case" key: "missing"}; }
    message Float { option (concord.event.v1.event) = {owner: "case" key: "f"}; float f = 1; }
  `,
});
const schemaOf = (name: string): DescMessage => registry.getMessage(`case.${name}`)!;

test("everything that a contract sets arrives", () => {
  expect(eventContract(schemaOf("Full"))).toMatchObject({
    subjectType: "full.v2",
    partitions: 3,
    retry: { initialMs: 10, maxMs: 20, maxAttempts: 3, handlerTimeoutMs: 40 },
    deadLetterRetentionMs: 2 * 86_400_000,
    deprecation: { since: "2026-11-01", replacedBy: "case.Bare", note: "split" },
    sensitiveFields: ["at.secret.code", "at.secret.hint", "others.secret.code", "others.secret.hint"],
  });
});

test("a key may lie in a nested message, and is unset with it", () => {
  const schema = schemaOf("Full");
  const place = create(schemaOf("Place"), { place: "berlin" });
  const { keyOf } = eventContract(schema);
  expect(keyOf(create(schema, { at: place } as never))).toBe("berlin");
  expect(keyOf(create(schema))).toBeUndefined();
});

test("an event without key or operation has neither", () => {
  const contract = eventContract(schemaOf("Bare"));
  expect(contract.keyOf(create(schemaOf("Bare")))).toBeUndefined();
  expect(contract.idempotencyKeyOf(create(schemaOf("Bare")))).toBeUndefined();
});

test.each(["NoOwner", "NoField", "Float"])("an unusable contract is refused by name: %s", (name) => {
  expect(() => eventContract(schemaOf(name))).toThrow(
    expect.objectContaining({ code: "invalid_contract", message: expect.stringContaining(`case.${name}`) }),
  );
});
