import { type Msg, type MsgCallback, MsgHdrsImpl } from "@nats-io/nats-core";
import { describe, expect, it } from "vitest";
import type { Clock } from "../core/clock.ts";
import { ConcordError } from "../core/error.ts";
import type { StoredMessage } from "../core/message.ts";
import type { BrokerConnection, ConnectionListener } from "./connection.ts";
import { Pull, type PullOptions } from "./pull.ts";
import { inOrder } from "./read.ts";

/** What no server does on demand: lost messages, silence, odd endings. */
describe("a pull", () => {
  it("gives what arrived in its order, at most as many as asked for", async () => {
    const { pull, broker } = openPull();
    const taking = pull.take(2);
    for (const sequence of [1, 2, 3]) broker.deliver(sequence);
    expect((await taking).map(({ sequence }) => sequence)).toEqual([1n, 2n]);
    expect((await pull.take(2)).map(({ sequence }) => sequence)).toEqual([3n]);
    await pull.stop();
  });

  it("ends at a gap, after what came before it", async () => {
    const { pull, broker } = openPull();
    const taking = pull.take(10);
    broker.deliver(1);
    broker.deliver(3);
    broker.deliver(4);
    expect((await taking).map(({ sequence }) => sequence)).toEqual([1n]);
    await expect(pull.take(10)).rejects.toMatchObject({ code: "unavailable", message: /lost on their way/ });
    await pull.stop();
  });

  it("ends when the connection is lost, after what came before", async () => {
    const { pull, broker } = openPull();
    const taking = pull.take(10);
    broker.deliver(1);
    broker.listener?.lost?.(new ConcordError("unavailable", "lost"));
    expect(await taking).toHaveLength(1);
    await expect(pull.take(10)).rejects.toMatchObject({ code: "unavailable" });
    await pull.stop();
  });

  it("ends after two missed heartbeats, not before, and not while it asks for nothing", async () => {
    const { pull, broker, clock } = openPull();
    const taking = pull.take(10).catch((thrown: unknown) => thrown);
    for (let i = 0; i < 10; i++) {
      clock.advance(2_000);
      broker.status(100, "Idle Heartbeat");
      await settle();
    }
    broker.deliver(1);
    expect(await taking).toHaveLength(1);
    broker.status(408, "Request Timeout", { "Nats-Pending-Messages": "9" });
    for (let i = 0; i < 10; i++) {
      clock.advance(2_000);
      await settle();
    }
    const last = pull.take(10).catch((thrown: unknown) => thrown);
    for (let i = 0; i < 4; i++) {
      clock.advance(2_000);
      await settle();
    }
    expect(await last).toMatchObject({ code: "unavailable", message: /silent/ });
    await pull.stop();
  });

  it.each([
    [408, "Request Timeout", { "Nats-Pending-Messages": "10" }],
    [404, "No Messages", {}],
    [409, "Message Size Exceeds MaxBytes", { "Nats-Pending-Messages": "10" }],
    [409, "Batch Completed", { "Nats-Pending-Messages": "10" }],
  ])("asks again when the request ended with %d %s", async (code, text, headers) => {
    const { pull, broker } = openPull();
    const taking = pull.take(10);
    expect(broker.asked).toEqual([10]);
    broker.status(code, text, headers);
    await settle();
    expect(broker.asked).toEqual([10, 10]);
    broker.deliver(1);
    expect(await taking).toHaveLength(1);
    await pull.stop();
  });

  it.each([
    [409, "Consumer Deleted", "not_found"],
    [503, "", "not_found"],
    [409, "Leadership Change", "unavailable"],
    [409, "Server Shutdown", "unavailable"],
    [400, "Bad Request", "unavailable"],
  ])("ends when the server says %d %s", async (code, text, expected) => {
    const { pull, broker } = openPull();
    const taking = pull.take(10);
    broker.status(code, text);
    await expect(taking).rejects.toMatchObject({ code: expected });
    await pull.stop();
  });

  it("gives back what arrived and was not taken when the signal aborts, and what was still on its way (T18)", async () => {
    const returned: bigint[] = [];
    const giveBack = (items: readonly StoredMessage[]) => returned.push(...items.map(({ sequence }) => sequence));
    const { pull, broker, ending } = openPull({ giveBack });
    const taking = pull.take(1);
    for (const sequence of [1, 2, 3]) broker.deliver(sequence);
    expect((await taking).map(({ sequence }) => sequence)).toEqual([1n]);
    ending.abort();
    broker.deliver(4);
    broker.drained.resolve();
    await pull.stop();
    expect(returned).toEqual([2n, 3n, 4n]);
    expect(await pull.take(1)).toEqual([]);
  });
});

/** Lets everything that waits for nothing but promises run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A clock whose sleepers wake at each step, however long they wanted to sleep. */
function createSteppedClock(): Clock & { advance(byMs: number): void } {
  let nowMs = 0;
  let step = Promise.withResolvers<void>();
  return {
    now: () => nowMs,
    sleep: () => step.promise,
    advance(byMs) {
      nowMs += byMs;
      step.resolve();
      step = Promise.withResolvers();
    },
  };
}

function openPull(options: Partial<PullOptions<StoredMessage>> = {}) {
  const clock = createSteppedClock();
  const broker = new ScriptedBroker();
  const ending = new AbortController();
  const connection = {
    client: broker,
    clock,
    inboxPrefix: "_INBOX",
    listen: (listener: ConnectionListener) => {
      broker.listener = listener;
      return () => {};
    },
    finishBeforeClose: () => {},
  } as unknown as BrokerConnection;
  const pull = new Pull<StoredMessage>(connection, {
    stream: "evt-lab",
    consumer: "c",
    signal: ending.signal,
    accept: inOrder("evt-lab"),
    refill: ({ asked, items }) => (asked + items.length === 0 ? { batch: 10 } : undefined),
    ...options,
  });
  if (!options.giveBack) broker.drained.resolve();
  return { pull, broker, clock, ending };
}

/** Stands where the client does, and sends what the test says. */
class ScriptedBroker {
  readonly asked: number[] = [];
  readonly drained = Promise.withResolvers<void>();
  listener: ConnectionListener | undefined;
  #inbox = "";
  #callback: MsgCallback<Msg> = () => {};

  subscribe(subject: string, { callback }: { callback: MsgCallback<Msg> }) {
    this.#inbox = subject;
    this.#callback = callback;
    return { drain: () => this.drained.promise, unsubscribe: () => {} };
  }

  publish(_subject: string, body: string): void {
    this.asked.push(JSON.parse(body).batch);
  }

  isClosed(): boolean {
    return false;
  }

  deliver(consumerSequence: number): void {
    const reply = `$JS.ACK.evt-lab.c.1.${consumerSequence}.${consumerSequence}.1735787045000000000.0`;
    this.#callback(null, { subject: "evt.lab.0.k.shop.A", reply, data: new Uint8Array(1) } as Msg);
  }

  status(code: number, text: string, headers: Record<string, string> = {}): void {
    const found = new MsgHdrsImpl(code, text);
    for (const [name, value] of Object.entries(headers)) found.set(name, value);
    this.#callback(null, { subject: this.#inbox, data: new Uint8Array(), headers: found as Msg["headers"] } as Msg);
  }
}
