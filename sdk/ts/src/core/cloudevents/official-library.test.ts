import { CloudEvent, HTTP } from "cloudevents";
import { describe, expect, it } from "vitest";
import { createEnvelope } from "../envelope/create-envelope.ts";
import { decodeWire } from "../wire/decode-wire.ts";
import { wireFormats } from "../wire/wire-format.ts";

const envelope = createEnvelope({
  id: "01920000-0000-7000-8000-000000000001",
  source: "/shop/orders",
  type: "shop.orders.v1.OrderCreated",
  time: { seconds: 1_735_787_045n, nanos: 123_000_000 },
  key: "order-1",
  sequence: 42n,
  idempotencyKey: "order-1",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  correlationId: "c",
  causationId: "d",
  dataContentType: "application/protobuf",
  data: Buffer.from([0, 1, 255]),
  dataSchema: `urn:concord:schema:${"0".repeat(32)}`,
  attributes: { tenant: "acme", subject: "s" },
});

const expected = {
  specversion: "1.0",
  id: envelope.id,
  source: envelope.source,
  type: envelope.type,
  time: "2025-01-02T03:04:05.123Z",
  partitionkey: "order-1",
  keysequence: "00000000000000000042",
  idempotencykey: "order-1",
  traceparent: envelope.traceparent,
  correlationid: "c",
  causationid: "d",
  datacontenttype: "application/protobuf",
  schemadigest: envelope.dataSchema,
  tenant: "acme",
  subject: "s",
};

/** The library's reader and its own check against the specification. */
function readAsOthers(headers: Readonly<Record<string, string>>, body: string | Uint8Array): CloudEvent<unknown> {
  const event = HTTP.toEvent({ headers: { ...headers }, body }) as CloudEvent<unknown>;
  expect(event.validate()).toBe(true);
  return event;
}

describe("the library of the CloudEvents project", () => {
  it("reads what is written in JSON", () => {
    const { headers, body } = wireFormats["cloudevents-json"](envelope);
    const event = readAsOthers(headers, Buffer.from(body).toString());
    expect(event.toJSON()).toMatchObject(expected);
    expect(Buffer.from(event.data_base64!, "base64")).toEqual(Buffer.from([0, 1, 255]));
  });

  it("reads what is written in headers", () => {
    const { headers, body } = wireFormats["cloudevents-binary"](envelope);
    const event = readAsOthers(headers, Buffer.from(body));
    expect(event.toJSON()).toMatchObject(expected);
  });

  it.each(["structured", "binary"] as const)("writes %s events that are read here", (mode) => {
    const event = new CloudEvent({ ...expected, data: { total: 1 }, datacontenttype: "application/json" });
    const { headers, body } = HTTP[mode](event);
    const read = decodeWire({ headers: headers as Record<string, string>, body: Buffer.from(body as string) });
    expect(read).toMatchObject({ id: envelope.id, key: "order-1", sequence: 42n, dataContentType: "application/json" });
    expect(JSON.parse(Buffer.from(read.data!).toString())).toEqual({ total: 1 });
  });
});
