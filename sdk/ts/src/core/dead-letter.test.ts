import { describe, expect, it } from "vitest";
import { deadLetterMessage, readDeadLetter, redriveMessage } from "./dead-letter.ts";
import { ConcordError } from "./error.ts";
import type { OutgoingMessage, StoredMessage } from "./message.ts";

const original: StoredMessage = {
  stream: "evt-orders",
  sequence: 42n,
  subject: "evt.orders.3.order-1.shop.orders.v1.OrderCreated",
  headers: { "content-type": "application/x", traceparent: "00-…", "nats-msg-id": "/shop/orders/1", "x-own": "kept" },
  body: new Uint8Array([1, 2, 3]),
  storedAtMs: 1_000,
};

const verdict = { service: "inventory", reason: "exhausted", error: "unavailable", attempts: 5, redrives: 0 } as const;
const identity = { source: "/shop/orders", id: "a/b" };

function stored(message: OutgoingMessage, sequence: bigint): StoredMessage {
  return { ...message, sequence, storedAtMs: 2_000 };
}

describe("deadLetterMessage", () => {
  it("keeps the original bytes and headers but the message id, and adds the verdict (F12)", () => {
    expect(deadLetterMessage({ ...verdict, message: original })).toEqual({
      stream: "dlq-inventory",
      subject: "dlq.inventory.evt.orders.3.order-1.shop.orders.v1.OrderCreated",
      messageId: "dl/inventory/evt-orders/42/0",
      headers: {
        "content-type": "application/x",
        traceparent: "00-…",
        "x-own": "kept",
        "concord-reason": "exhausted",
        "concord-error": "unavailable",
        "concord-attempts": "5",
        "concord-consumer": "inventory",
        "concord-stream": "evt-orders",
        "concord-sequence": "42",
      },
      body: original.body,
    });
  });

  it("moves the namespace in front", () => {
    const message = { ...original, stream: "acme-evt-orders", subject: `acme.${original.subject}` };
    const letter = deadLetterMessage({ ...verdict, namespace: "acme", message });
    expect(letter.subject).toBe(`acme.dlq.inventory.${original.subject}`);
    expect(letter.stream).toBe("acme-dlq-inventory");
  });

  it("ignores a verdict that an original message brings along", () => {
    const message = {
      ...original,
      headers: { "concord-stream": "evt-users", "concord-sequence": "1", "concord-redrive": "x" },
    };
    expect(deadLetterMessage({ ...verdict, message }).messageId).toBe("dl/inventory/evt-orders/42/0");
  });
});

describe("redriveMessage", () => {
  const letter = stored(deadLetterMessage({ ...verdict, message: original }), 7n);

  it("goes to the failed service with a new message id and without the old verdict (T6)", () => {
    const redrive = redriveMessage(letter, identity);
    expect(redrive).toMatchObject({
      stream: "rdr-inventory",
      subject: `rdr.inventory.${original.subject}`,
      messageId: "/shop/orders/a%2Fb/redrive/1",
      body: original.body,
    });
    expect(redrive.headers).toMatchObject({ "concord-redrive": "1", "concord-stream": "evt-orders", "x-own": "kept" });
    expect(Object.keys(redrive.headers)).not.toContain("concord-attempts");
  });

  it("has an id of its own where the event's bytes could not be read", () => {
    expect(redriveMessage(letter).messageId).toBe("dl/inventory/evt-orders/42/0/redrive/1");
  });

  it("becomes a dead letter of the original place again, and counts on", () => {
    const redrive = stored(redriveMessage(letter, identity), 1n);
    const verdictAgain = deadLetterMessage({ ...verdict, message: redrive, redrives: 1 });
    expect(verdictAgain.subject).toBe(letter.subject);
    expect(verdictAgain.messageId).toBe("dl/inventory/evt-orders/42/1");
    const again = stored(verdictAgain, 8n);
    expect(readDeadLetter(again)).toMatchObject({ originalSequence: 42n, originalStream: "evt-orders", redrives: 1 });
    expect(redriveMessage(again, identity).messageId).toBe("/shop/orders/a%2Fb/redrive/2");
  });

  it("refuses a message that is no dead letter", () => {
    expect(() => redriveMessage(original)).toThrow(ConcordError);
  });
});

describe("readDeadLetter", () => {
  it("is not misled by a service that is named like a tree", () => {
    const letter = stored(deadLetterMessage({ ...verdict, service: "dlq", message: original }), 7n);
    expect(readDeadLetter(letter)).toMatchObject({
      consumer: "dlq",
      namespace: undefined,
      originalSubject: original.subject,
    });
  });

  it("reads what was written", () => {
    expect(readDeadLetter(stored(deadLetterMessage({ ...verdict, message: original }), 7n))).toEqual({
      stream: "dlq-inventory",
      sequence: 7n,
      storedAtMs: 2_000,
      reason: "exhausted",
      error: "unavailable",
      attempts: 5,
      consumer: "inventory",
      namespace: undefined,
      originalStream: "evt-orders",
      originalSequence: 42n,
      originalSubject: original.subject,
      redrives: 0,
      type: "shop.orders.v1.OrderCreated",
      keyToken: "order-1",
    });
  });
});
