import { type Span, type SpanOptions, type Tracer, trace } from "@opentelemetry/api";
import { describe, expect, it } from "vitest";
import { ConcordError } from "../core/error.ts";
import type { OutgoingMessage, PublishAck } from "../core/message.ts";
import { traceSends } from "./trace-sends.ts";

interface Recorded {
  readonly name: string;
  readonly options: SpanOptions;
  readonly parent: string | undefined;
  readonly attributes: Record<string, unknown>;
  ended: boolean;
}

function recordingTracer(): { tracer: Tracer; spans: Recorded[] } {
  const spans: Recorded[] = [];
  const startSpan: Tracer["startSpan"] = (name, options = {}, parent) => {
    const span: Recorded = {
      name,
      options,
      parent: parent && trace.getSpanContext(parent)?.spanId,
      attributes: { ...options.attributes },
      ended: false,
    };
    spans.push(span);
    return {
      setAttribute: (key: string, value: unknown) => void Object.assign(span.attributes, { [key]: value }),
      setStatus: () => {},
      end: () => void Object.assign(span, { ended: true }),
    } as unknown as Span;
  };
  return { tracer: { startSpan } as unknown as Tracer, spans };
}

function messageOf(origin: string | undefined): OutgoingMessage {
  return {
    stream: "evt-orders",
    subject: "evt.orders.3.k.shop.orders.v1.OrderCreated",
    messageId: "m",
    headers: origin ? { traceparent: `00-0af7651916cd43dd8448eb211c80319c-${origin}-01` } : {},
    body: Buffer.from("secret"),
  };
}

const ack: PublishAck = { stream: "evt-orders", sequence: 1n, duplicate: false };
const features = { atomicBatch: true, shared: true };

describe("a relay's send", () => {
  it("is a span of its own, linked to the span that published, and leaves the message as it is", async () => {
    const { tracer, spans } = recordingTracer();
    const sent: OutgoingMessage[] = [];
    const publish = async (message: OutgoingMessage) => {
      sent.push(message);
      return ack;
    };
    const message = messageOf("00f067aa0ba902b7");
    expect(await traceSends({ features, publish }, { tracer }).publish(message)).toBe(ack);
    expect(sent).toEqual([message]);
    expect(spans).toMatchObject([{ name: "send evt-orders", parent: undefined, ended: true }]);
    expect(spans[0]!.options.links?.map(({ context }) => context.spanId)).toEqual(["00f067aa0ba902b7"]);
    expect(spans[0]!.attributes).toMatchObject({
      "messaging.operation.type": "send",
      "messaging.destination.name": "evt-orders",
      "messaging.destination.partition.id": "3",
      "messaging.message.body.size": 6,
    });
  });

  it("of a batch is one span, linked to every span that published one of its events", async () => {
    const { tracer, spans } = recordingTracer();
    const publishAtomically = async (messages: readonly OutgoingMessage[]) => messages.map(() => ack);
    const broker = traceSends({ features, publish: async () => ack, publishAtomically }, { tracer });
    const messages = [messageOf("00f067aa0ba902b7"), messageOf(undefined), messageOf("00f067aa0ba902b8")];
    expect(await broker.publishAtomically!(messages)).toHaveLength(3);
    expect(spans).toHaveLength(1);
    expect(spans[0]!.attributes["messaging.batch.message_count"]).toBe(3);
    const linked = spans[0]!.options.links?.map(({ context }) => context.spanId);
    expect(linked).toEqual(["00f067aa0ba902b7", "00f067aa0ba902b8"]);
  });

  it("that fails carries the code of the failure and never its message (T28)", async () => {
    const { tracer, spans } = recordingTracer();
    const publish = () => Promise.reject(new ConcordError("unavailable", "secret"));
    const sending = traceSends({ features, publish }, { tracer }).publish(messageOf(undefined));
    await expect(sending).rejects.toMatchObject({ code: "unavailable" });
    expect(spans).toMatchObject([{ attributes: { "error.type": "unavailable" }, ended: true }]);
    expect(JSON.stringify(spans)).not.toContain("secret");
  });

  it("follows the broker in what it can do, also after it reconnects to another server", () => {
    const broker = { features: { atomicBatch: false, shared: true }, publish: async () => ack };
    const traced = traceSends(broker);
    expect(traced.publishAtomically).toBeUndefined();
    Object.assign(broker, { features, publishAtomically: async () => [ack] });
    expect(traced.features.atomicBatch).toBe(true);
    expect(traced.publishAtomically).toBeDefined();
  });

  it("costs nothing while the service exports no traces", () => {
    const sending = Promise.resolve(ack);
    expect(traceSends({ features, publish: () => sending }).publish(messageOf(undefined))).toBe(sending);
  });
});
