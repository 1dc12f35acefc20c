import { describe, expect, it } from "vitest";
import type { ConsumeRequest } from "../core/transport.ts";
import type { NatsDelivery } from "./delivery.ts";
import { Pending } from "./pending.ts";

const delivery = (sequence: bigint, touchedMs: number) => ({ sequence, touchedMs }) as NatsDelivery;
const createPending = (maxAckPending: number) => new Pending({ maxAckPending, ackWaitMs: 1_000 } as ConsumeRequest);

describe("pending deliveries", () => {
  it("leave room for what may still be asked for", () => {
    const pending = createPending(3);
    const first = delivery(1n, 0);
    pending.add(first);
    pending.add(delivery(2n, 0));
    expect(pending.room(0)).toBe(1);
    pending.remove(first);
    expect(pending.room(0)).toBe(2);
  });

  it("never leave less room than for one, which may be a repetition", () => {
    const pending = createPending(1);
    pending.add(delivery(1n, 0));
    expect(pending.room(0)).toBe(1);
  });

  it("never leave room for more than 256", () => {
    expect(createPending(10_000).room(0)).toBe(256);
  });

  it("are forgotten when the broker has given up waiting for them (T10)", () => {
    const pending = createPending(3);
    const [old, extended] = [delivery(1n, 0), delivery(2n, 600)];
    pending.add(old);
    pending.add(extended);
    expect(pending.isFresh(old, 999)).toBe(true);
    expect(pending.isFresh(old, 1_000)).toBe(false);
    expect(pending.room(1_000)).toBe(2);
  });

  it("are not taken away by an answer to an earlier delivery of the same message", () => {
    const pending = createPending(3);
    const [first, again] = [delivery(1n, 0), delivery(1n, 1_000)];
    pending.add(first);
    pending.add(again);
    pending.remove(first);
    expect(pending.room(1_000)).toBe(2);
  });
});
