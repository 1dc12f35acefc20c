import { createRegistry } from "@bufbuild/protobuf";
import { OrderCreatedSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { expect, test } from "vitest";
import { decodeJson } from "./decode-json.ts";

const decode = (text: string) => decodeJson(OrderCreatedSchema, text, createRegistry());

test("a message is read, by both names of its fields", () => {
  expect(decode('{"orderId": "o-1", "user_id": "ada", "lines": [{"quantity": 2}]}')).toMatchObject({
    orderId: "o-1",
    userId: "ada",
    lines: [{ quantity: 2 }],
  });
});

test.each([
  ["1", "at line 1, column 1: "],
  ['{"orderId": 1}', "at orderId, line 1, column 13: "],
  ['{"orderid": "o"}', "at orderid, line 1, column 13: "],
  ['{\n  "lines": [\n    {"quantity": 1},\n    {"quantity": "x"}\n  ]\n}', "at lines[1].quantity, line 4, column 18: "],
  ['{"lines": {}}', "at lines, line 1, column 11: "],
  ['{"lines": [1]}', "at lines[0], line 1, column 12: "],
  ['{"total": {"minorUnits": "1.5"}}', "at total.minorUnits, line 1, column 26: "],
  ['{"total": {"minorUnits": 1, "minor": 2}}', "at total.minor, line 1, column 38: "],
  ['{"paymentMethod": "PAYMENT_METHOD_SHELLS"}', "at paymentMethod, line 1, column 19: "],
])("%s is refused with field and place", (text, place) => {
  expect(() => decode(text)).toThrow(`the data is no shop.orders.v1.OrderCreated ${place}`);
});
