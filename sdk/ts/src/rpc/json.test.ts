import { create, type MessageShape } from "@bufbuild/protobuf";
import {
  type CreateOrderRequestSchema,
  OrderSchema,
  OrderService,
  OrderStatus,
} from "@concord/gen/shop/orders/v1/orders_pb.js";
import { expect, it } from "vitest";
import { rpcRoute } from "./router.ts";
import { createRpcServer } from "./server.ts";

/** What peers of other languages read and write: ProtoJSON (https://protobuf.dev/programming-guides/json/). */
async function callWith(
  body: string,
): Promise<{ request: MessageShape<typeof CreateOrderRequestSchema> | undefined; status: number; answer: unknown }> {
  let request: MessageShape<typeof CreateOrderRequestSchema> | undefined;
  const order = create(OrderSchema, {
    orderId: "o-1",
    status: OrderStatus.PENDING,
    total: { minorUnits: 9_007_199_254_740_993n, currency: "USD" },
  });
  const route = rpcRoute(OrderService, {
    createOrder: (given) => {
      request = given;
      return { order };
    },
  });
  await using server = await createRpcServer({ name: "orders", routes: [route] });
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${server.url}/shop.orders.v1.OrderService/CreateOrder`, {
    method: "POST",
    headers,
    body,
  });
  return { request, status: response.status, answer: await response.json() };
}

it("writes 64-bit numbers as text, enums by name, fields in camel case and leaves unset ones out (T35)", async () => {
  const { answer } = await callWith('{"userId":"ada"}');
  expect(answer).toEqual({
    order: {
      orderId: "o-1",
      status: "ORDER_STATUS_PENDING",
      total: { minorUnits: "9007199254740993", currency: "USD" },
    },
  });
});

it("reads 64-bit numbers as text or number, enums by name or number, and both field cases (T35)", async () => {
  const price = { minorUnits: 4_900n, currency: "USD" };
  for (const body of [
    '{"userId":"ada","items":[{"productId":"kb","quantity":2,"price":{"minorUnits":"4900","currency":"USD"}}],"paymentMethod":"PAYMENT_METHOD_CARD"}',
    '{"user_id":"ada","items":[{"product_id":"kb","quantity":"2","price":{"minor_units":4900,"currency":"USD"}}],"payment_method":1}',
  ]) {
    const { request } = await callWith(body);
    expect(request).toMatchObject({
      userId: "ada",
      items: [{ productId: "kb", quantity: 2, price }],
      paymentMethod: 1,
    });
  }
});

it("ignores fields of newer contracts and takes null as unset (T35)", async () => {
  const { status, request } = await callWith('{"userId":"ada","items":null,"since":{"v":9},"paymentMethod":null}');
  expect([status, request]).toMatchObject([200, { userId: "ada", items: [], paymentMethod: 0 }]);
});

it("keeps enum numbers of newer contracts, and refuses names that it does not know (T35)", async () => {
  const { status, request } = await callWith('{"userId":"ada","paymentMethod":99}');
  expect([status, request]).toMatchObject([200, { paymentMethod: 99 }]);
  for (const name of ["paymentMethod", "payment_method"]) {
    const refused = await callWith(`{"userId":"ada","${name}":"CHEQUE"}`);
    expect(refused).toMatchObject({
      status: 400,
      request: undefined,
      answer: {
        code: "invalid_argument",
        message: expect.stringMatching(/^payment_method is none of PAYMENT_METHOD_/),
        details: [{ type: "google.rpc.BadRequest", debug: { fieldViolations: [{ field: "payment_method" }] } }],
      },
    });
    expect(JSON.stringify(refused.answer)).not.toContain("CHEQUE");
  }
});

it.each(['{"userId":NaN}', '{"items":[{"quantity":1.5}]}', '{"items":[{"quantity":9999999999}]}'])(
  "refuses %s, which is no ProtoJSON (T35)",
  async (body) => {
    expect(await callWith(body)).toMatchObject({ status: 400, answer: { code: "invalid_argument" } });
  },
);
