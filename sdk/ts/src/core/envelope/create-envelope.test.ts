import { describe, expect, it } from "vitest";
import { createEnvelope } from "./create-envelope.ts";
import { decodeEnvelope } from "./decode-envelope.ts";
import { encodeEnvelope } from "./encode-envelope.ts";

const identity = {
  id: "01920000-0000-7000-8000-000000000001",
  source: "/shop/orders",
  type: "shop.orders.v1.OrderCreated",
};

describe("createEnvelope", () => {
  it("keeps what it is given and adds nothing", () => {
    const envelope = createEnvelope({ ...identity, key: "order-1", attributes: { tenant: "acme" } });
    expect(envelope).toEqual({ ...identity, key: "order-1", attributes: { tenant: "acme" } });
    expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual(envelope);
  });
});
