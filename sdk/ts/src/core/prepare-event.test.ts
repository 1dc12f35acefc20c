import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { StockReservedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { OrderConfirmedSchema, OrderCreatedSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { ChargePaymentSchema } from "@concord/gen/shop/payments/v1/payments_pb.js";
import { describe, expect, it } from "vitest";
import { without } from "../testing/stop-at.ts";
import { createValidation } from "../validation/validation.ts";
import { createContractReader } from "./contract/contract-reader.ts";
import { decodeEnvelope } from "./envelope/decode-envelope.ts";
import type { Envelope } from "./envelope/envelope.ts";
import { ConcordError } from "./error.ts";
import type { PublishOptions } from "./handler.ts";
import { createEventPreparer, type EventPreparerOptions, toOutgoingMessage } from "./prepare-event.ts";

const id = "019a0000-0000-7000-8000-000000000001";
const confirmed = {
  orderId: "order-1",
  userId: "user-1",
  paymentId: "pay-1",
  lines: [{ productId: "kb-1", quantity: 2 }],
  total: { minorUnits: 100n, currency: "USD" },
};

function prepare<Desc extends DescMessage>(
  schema: Desc,
  init: MessageInitShape<Desc>,
  options: Partial<EventPreparerOptions> & { publish?: PublishOptions; cause?: Envelope; verb?: "send" } = {},
) {
  const preparer = createEventPreparer({
    service: "orders",
    source: "/shop/orders",
    contracts: createContractReader(),
    validate: createValidation(),
    ids: () => id,
    clock: { now: () => 1_700_000_000_123, sleep: async () => {} },
    maxPayloadBytes: () => 1_048_576,
    ...options,
  });
  const { verb = "publish", cause, publish } = options;
  return preparer.prepare({ verb, schema, init, cause, options: publish });
}

describe("preparing an event", () => {
  it("refuses a trace context that no header can carry, before it is stored", () => {
    const currentTrace = () => ({ traceparent: "00-a-b-01", tracestate: "a=b\r\nNats-Msg-Id: forged" });
    expect(() => prepare(OrderConfirmedSchema, confirmed, { currentTrace })).toThrow(
      expect.objectContaining({ code: "invalid_envelope" }),
    );
  });

  it("does not go on with a trace of its cause that is none", () => {
    const cause = { id: "1", source: "/s", type: "t", traceparent: "bad", attributes: {} };
    const { envelope, headers } = prepare(OrderConfirmedSchema, confirmed, { cause });
    expect(envelope.traceparent).toBeUndefined();
    expect(headers).not.toHaveProperty("traceparent");
  });

  it("gives envelope, subject, stream, message id and headers by its contract", () => {
    const prepared = prepare(OrderConfirmedSchema, confirmed);
    expect(prepared).toMatchObject({
      stream: "evt-orders",
      subject: "evt.orders.5.order-1.shop.orders.v1.OrderConfirmed",
      keyToken: "order-1",
      messageId: `/shop/orders/${id}`,
      headers: { "content-type": "application/vnd.concord.envelope.v1+protobuf" },
    });
    expect(prepared.envelope).toMatchObject({
      id,
      source: "/shop/orders",
      type: "shop.orders.v1.OrderConfirmed",
      time: { seconds: 1_700_000_000n, nanos: 123_000_000 },
      key: "order-1",
      idempotencyKey: "order-1/pay-1",
      correlationId: id,
      causationId: undefined,
    });
  });

  it("encodes the body around the place of the sequence, and whole for those who have none", () => {
    const prepared = prepare(OrderConfirmedSchema, confirmed);
    expect(decodeEnvelope(toOutgoingMessage(prepared).body)).toEqual(prepared.envelope);
    const stored = decodeEnvelope(Buffer.concat([prepared.head, Uint8Array.of(0x30, 7), prepared.tail!]));
    expect(stored).toEqual({ ...prepared.envelope, sequence: 7n });
  });

  it("puts the namespace before subject and stream", () => {
    const { subject, stream } = prepare(OrderConfirmedSchema, confirmed, { namespace: "acme" });
    expect({ subject, stream }).toEqual({
      subject: "acme.evt.orders.5.order-1.shop.orders.v1.OrderConfirmed",
      stream: "acme-evt-orders",
    });
  });

  it("takes an explicit key and idempotency key before those of the contract", () => {
    const publish = { key: "a b", idempotencyKey: "op-1", attributes: { tenant: "acme" }, timeMs: 1_000 };
    const { envelope, keyToken } = prepare(OrderConfirmedSchema, confirmed, { publish });
    expect(envelope).toMatchObject({ key: "a b", idempotencyKey: "op-1", time: { seconds: 1n, nanos: 0 } });
    expect(envelope.attributes).toEqual({ tenant: "acme" });
    expect(keyToken).toBe("a%20b");
  });

  it("takes the partition of the escaped key, which the raw one would miss (F3)", () => {
    const publish = { key: "käse 1" };
    const right = prepare(OrderConfirmedSchema, confirmed, { publish });
    const wrong = prepare(OrderConfirmedSchema, confirmed, { publish, probe: without("partition-by-raw-key") });
    expect(wrong.subject).not.toBe(right.subject);
  });

  it("names the cause, and keeps its correlation and trace (F19)", () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const cause = { id: "cause-1", source: "/s", type: "t", attributes: {}, traceparent };
    expect(prepare(OrderConfirmedSchema, confirmed, { cause }).envelope).toMatchObject({
      causationId: "cause-1",
      correlationId: "cause-1",
      traceparent,
    });
    const known = { ...cause, correlationId: "process-1" };
    expect(prepare(OrderConfirmedSchema, confirmed, { cause: known }).envelope.correlationId).toBe("process-1");
  });

  it("carries the active trace in the envelope and in the headers of this hop", () => {
    const trace = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", tracestate: "v=1" };
    const { envelope, headers } = prepare(OrderConfirmedSchema, confirmed, { currentTrace: () => trace });
    expect(envelope).toMatchObject(trace);
    expect(headers).toMatchObject(trace);
  });
});

describe("preparing refuses", () => {
  it("data that breaks its contract, with every violation at once and no value", () => {
    const error = refusal(() => prepare(OrderCreatedSchema, { orderId: "not valid!", lines: [] }));
    expect(error.code).toBe("invalid_data");
    const fields = (error.details.violations as { field: string }[]).map(({ field }) => field);
    expect(fields).toEqual(expect.arrayContaining(["order_id", "lines"]));
    expect(error.message).not.toContain("not valid!");
  });

  it("an unset idempotency field together with the other violations", () => {
    const error = refusal(() => prepare(OrderConfirmedSchema, { orderId: "not valid!" }));
    const fields = (error.details.violations as { field: string }[]).map(({ field }) => field);
    expect(fields).toEqual(expect.arrayContaining(["order_id", "payment_id"]));
  });

  it("an event of another service, naming its owner", () => {
    expect(refusal(() => prepare(StockReservedSchema, { orderId: "order-1" }))).toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("belongs to inventory"),
    });
  });

  it("the wrong verb, naming the right one", () => {
    expect(refusal(() => prepare(OrderConfirmedSchema, confirmed, { verb: "send" }))).toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("use publish"),
    });
    expect(refusal(() => prepare(ChargePaymentSchema, {}))).toMatchObject({
      message: expect.stringContaining("use send"),
    });
  });

  it("a command that the service's contract does not let it send", () => {
    const error = refusal(() => prepare(ChargePaymentSchema, {}, { verb: "send", sends: [] }));
    expect(error).toMatchObject({ code: "failed_precondition", message: expect.stringContaining("sends") });
  });

  it("an event above the broker's limit, with size and limit, before it is stored (T17)", () => {
    const options = { maxPayloadBytes: () => 16_384 + 100 };
    const error = refusal(() => prepare(OrderConfirmedSchema, confirmed, options));
    expect(error.code).toBe("too_large");
    expect(error.details).toMatchObject({ limitBytes: 100, bytes: expect.any(Number), id });
    const unchecked = { ...options, probe: without("no-size-check") };
    expect(prepare(OrderConfirmedSchema, confirmed, unchecked).envelope.id).toBe(id);
  });

  it("a key that no subject can hold", () => {
    expect(refusal(() => prepare(OrderConfirmedSchema, confirmed, { publish: { key: "ü".repeat(100) } })).code).toBe(
      "invalid_key",
    );
    expect(refusal(() => prepare(OrderConfirmedSchema, confirmed, { publish: { key: "" } })).code).toBe("invalid_key");
  });

  it("a reserved attribute", () => {
    const publish = { attributes: { source: "x" } };
    expect(refusal(() => prepare(OrderConfirmedSchema, confirmed, { publish })).code).toBe("invalid_attribute");
  });
});

function refusal(act: () => unknown): ConcordError {
  try {
    act();
  } catch (error) {
    if (error instanceof ConcordError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}
