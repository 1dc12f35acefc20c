import { inspect } from "node:util";
import { create, createRegistry, type DescMessage } from "@bufbuild/protobuf";
import type { PaymentMethod } from "@concord/gen/shop/common/v1/payment_method_pb.js";
import { ProductListedSchema, PutProductRequestSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { CreateOrderRequestSchema, OrderCreatedSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { CreateUserRequestSchema } from "@concord/gen/shop/users/v1/users_pb.js";
import { expect, test } from "vitest";
import { compileProtos } from "../../../../tools/compile-protos.ts";
import { createValidation } from "./validation.ts";

const secret = "s3cr3t-value";
const validate = createValidation();

const registry = compileProtos({
  "leak.proto": `
    syntax = "proto2";
    package leak;
    import "buf/validate/validate.proto";
    extend buf.validate.StringRules {
      optional bool plain = 1001 [(buf.validate.predefined).cel = {
        id: "string.plain" expression: "this == 'plain' ? '' : 'not plain: ' + this"
      }];
    }
    message Leaky {
      option (buf.validate.message).cel = {id: "leaky.message" expression: "this.name != '${secret}' ? '' : 'message: ' + this.name"};
      option (buf.validate.message).cel = {id: "leaky.fixed" message: "must be fixed" expression: "false"};
      optional string name = 1 [(buf.validate.field).cel = {id: "leaky.field" expression: "this != '' ? 'field: ' + this : ''"}];
      optional string short = 2 [(buf.validate.field).cel_expression = "'expression: ' + this"];
      map<string, string> by_key = 3 [
        (buf.validate.field).map.keys.string.max_len = 3,
        (buf.validate.field).map.values.cel = {id: "leaky.map" expression: "'map: ' + this"}
      ];
      repeated string list = 4 [(buf.validate.field).repeated.items.cel = {id: "leaky.items" expression: "'item: ' + this"}];
      optional string predefined = 5 [(buf.validate.field).string.(plain) = true];
      optional string wide = 6 [(buf.validate.field).string = {max_len: 1 email: true in: ["x"] pattern: "^x$"}];
      optional Leaky inner = 7;
      repeated string fixed = 8 [(buf.validate.field).repeated.items.cel = {
        id: "fixed.items" message: "must be nothing" expression: "false"
      }];
    }
    message Broken {
      optional string text = 1 [(buf.validate.field).cel = {id: "broken" message: "x" expression: "{'known': true}[this]"}];
    }
  `,
});
const leaky: DescMessage = registry.getMessage("leak.Leaky")!;

test("a rule of a contract is enforced though its file was generated apart from the validator", () => {
  const order = create(OrderCreatedSchema, { orderId: "not an id!" });
  expect(validate(OrderCreatedSchema, order)).toEqual([
    { field: "order_id", rule: "string.pattern", message: expect.stringContaining("^[A-Za-z0-9_-]{1,64}$") },
    { field: "lines", rule: "repeated.min_items", message: "must contain at least 1 item(s)" },
  ]);
});

test("a valid message has no violations", () => {
  const order = create(OrderCreatedSchema, { orderId: "order-1", lines: [{ productId: "kb-1", quantity: 1 }] });
  expect(validate(OrderCreatedSchema, order)).toEqual([]);
});

test("all broken rules are reported at once, by path", () => {
  const items = [
    { productId: "phone", quantity: 0 },
    { productId: "phone", quantity: 1, price: { currency: "usd" } },
  ];
  const request = create(CreateOrderRequestSchema, { items, paymentMethod: 9 as PaymentMethod });
  expect(validate(CreateOrderRequestSchema, request).map(({ field, rule }) => `${field} ${rule}`)).toEqual([
    "user_id string.pattern",
    "items products_unique",
    "items[0].quantity int32.gt_lte",
    "items[1].price price_positive",
    "items[1].price.currency string.pattern",
    "payment_method enum.defined_only",
  ]);
});

test("required fields and money bounds are exact", () => {
  const put = (minorUnits: bigint) =>
    validate(
      PutProductRequestSchema,
      create(PutProductRequestSchema, { productId: "p", name: "P", price: { minorUnits, currency: "USD" } }),
    ).map(({ field }) => field);
  expect(put(0n)).toEqual(["price"]);
  expect(put(1n)).toEqual([]);
  expect(put(1_000_000_000_000n)).toEqual([]);
  expect(put(1_000_000_000_001n)).toEqual(["price"]);
  expect(put(-1n)).toEqual(["price", "price.minor_units"]);
  expect(validate(ProductListedSchema, create(ProductListedSchema, { productId: "p", name: "P" }))).toEqual([
    { field: "price", rule: "required", message: "value is required" },
  ]);
});

test("V3, T28: no violation carries a value, whatever rule is broken", () => {
  const inner = create(leaky, { name: secret } as never);
  const message = create(leaky, {
    name: secret,
    short: secret,
    byKey: { [secret]: secret },
    list: [secret],
    predefined: secret,
    wide: secret,
    inner,
  } as never);
  const violations = createValidation({ registry: createRegistry(registry.getFile("leak.proto")!) })(leaky, message);
  const rules = violations.map(({ rule }) => rule);
  for (const rule of ["leaky.message", "leaky.field", "leaky.map", "leaky.items", "string.plain", "string.email"]) {
    expect(rules).toContain(rule);
  }
  expect(violations.map(({ field }) => field)).toContain("by_key[?]");
  expect(JSON.stringify(violations)).not.toContain(secret);
});

test("a custom rule speaks with the text that the contract fixes", () => {
  const schema = leaky;
  const validateOwn = createValidation({ registry: createRegistry(registry.getFile("leak.proto")!) });
  expect(validateOwn(schema, create(schema, { fixed: ["a"] } as never))).toEqual([
    { field: "fixed[0]", rule: "fixed.items", message: "must be nothing" },
    { field: "", rule: "leaky.fixed", message: "must be fixed" },
  ]);
});

test("V3: an address that is no address is not repeated", () => {
  const request = create(CreateUserRequestSchema, { username: "ada", email: secret });
  expect(validate(CreateUserRequestSchema, request)).toEqual([
    { field: "email", rule: "string.email", message: "must be a valid email address" },
  ]);
});

test("V3, T28: a rule that fails to run is a fault of the contract, and its error, which may quote a value, is dropped", () => {
  const schema = registry.getMessage("leak.Broken")!;
  const error = catchError(() => validate(schema, create(schema, { text: secret } as never)));
  expect(error).toMatchObject({ code: "invalid_contract", message: expect.stringContaining("leak.Broken") });
  expect(inspect(error, { depth: 9 })).not.toContain(secret);
});

function catchError(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
