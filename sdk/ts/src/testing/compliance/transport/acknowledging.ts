import { describe, expect, it } from "vitest";
import type { Delivery } from "../../../core/transport.ts";
import { numbered, openBed, text } from "./bed.ts";
import type { Puller } from "./puller.ts";
import type { TransportSettings } from "./settings.ts";

/** Durables: positions, sharing, order, filters. */
export function acknowledging(settings: TransportSettings): void {
  describe("acknowledging", () => {
    it("makes a missing durable at the start of the stream (T24)", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(3));
      const deliveries = await stream.consume().take(3);
      expect(deliveries.map(text)).toEqual(["1", "2", "3"]);
      expect(deliveries.map((delivery) => delivery.deliveries)).toEqual([1, 1, 1]);
      expect(deliveries.map((delivery) => delivery.sequence)).toEqual([1n, 2n, 3n]);
    });

    it("goes on behind what was acknowledged", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(5));
      const first = stream.consume({ maxAckPending: 3 });
      for (const delivery of await first.take(3)) await delivery.ack();
      await first.end();
      const next = await stream.consume({ maxAckPending: 3 }).next();
      expect(text(next)).toBe("4");
    });

    it("counts an acknowledgement that comes after the reading has ended (T18)", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(2));
      const first = stream.consume({ maxAckPending: 1 });
      const running = await first.next();
      await first.end();
      await running.ack();
      expect(text(await stream.consume({ maxAckPending: 1 }).next())).toBe("2");
    });

    it("gives every durable all messages", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(3));
      for (const durable of ["one", "other"]) {
        const consumer = stream.consume({ durable: `${stream.name}-${durable}` });
        expect((await consumer.take(3)).map(text)).toEqual(["1", "2", "3"]);
      }
    });

    it("shares the messages of one durable between its consumers, each once (T23)", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(200));
      const handled: string[] = [];
      const consumers = [stream.consume({ maxAckPending: 10 }), stream.consume({ maxAckPending: 10 })];
      await handleAll(consumers, 200, async (delivery) => {
        handled.push(text(delivery));
        await delivery.ack();
        return true;
      });
      expect(handled.map(Number).sort((a, b) => a - b)).toEqual(numbered(200).map(({ body }) => Number(body)));
    });

    it("keeps the order over two consumers with one message pending, through retries (T3, T14)", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(40));
      const started: string[] = [];
      let running = 0;
      const consumers = [stream.consume({ maxAckPending: 1 }), stream.consume({ maxAckPending: 1 })];
      await handleAll(consumers, 40, async (delivery) => {
        started.push(`${text(delivery)}/${delivery.deliveries}`);
        expect(++running).toBe(1);
        await new Promise(setImmediate);
        running--;
        if (Number(text(delivery)) % 10 !== 3 || delivery.deliveries > 1) {
          await delivery.ack();
          return true;
        }
        await delivery.retry(50);
        return false;
      });
      const expected = numbered(40).flatMap(({ body }) =>
        Number(body) % 10 === 3 ? [`${body}/1`, `${body}/2`] : [`${body}/1`],
      );
      expect(started).toEqual(expected);
    });

    it("never has more pending than allowed, and loses none", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(20));
      const consumer = stream.consume({ maxAckPending: 5 });
      const pending: Delivery[] = await consumer.take(5);
      const handled = pending.map(text);
      while (handled.length < 20) {
        await pending.shift()!.ack();
        const delivery = await consumer.next();
        pending.push(delivery);
        handled.push(text(delivery));
        expect(pending).toHaveLength(5);
      }
      expect(handled).toEqual(numbered(20).map(({ body }) => body));
    });

    it("delivers what its filter says", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish({ partition: 1, body: "1" }, { partition: 2, body: "2" }, { partition: 1, body: "3" });
      const consumer = stream.consume({ filter: stream.filter("1.>") });
      expect((await consumer.take(2)).map(text)).toEqual(["1", "3"]);
    });

    it("replaces the filter of an existing durable and says so (T34)", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish({ partition: 0, body: "old" });
      const warnings: string[] = [];
      const onWarning = (warning: string) => warnings.push(warning);
      const before = stream.consume({ filter: stream.filter("0.>"), onWarning });
      await (await before.next()).ack();
      await before.end();
      expect(warnings).toEqual([]);
      const consumer = stream.consume({ filter: stream.filter("1.>"), onWarning });
      const next = consumer.next();
      await stream.publish({ partition: 0, body: "not wanted" }, { partition: 1, body: "wanted" });
      expect(text(await next)).toBe("wanted");
      expect(warnings).toEqual([expect.stringContaining(stream.filter("1.>"))]);
    });

    it("says nothing when a durable is as it was", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(2));
      const warnings: string[] = [];
      for (const expected of ["1", "2"]) {
        const consumer = stream.consume({ onWarning: (warning) => warnings.push(warning), maxAckPending: 1 });
        const delivery = await consumer.next();
        expect(text(delivery)).toBe(expected);
        await delivery.ack();
        await consumer.end();
      }
      expect(warnings).toEqual([]);
    });

    it("skips what was removed", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      await stream.publish(...numbered(3));
      await bed.transport.remove(stream.name, 2n);
      expect((await stream.consume().take(2)).map(text)).toEqual(["1", "3"]);
    });

    it("refuses a stream that does not exist", async () => {
      await using bed = await openBed(settings);
      expect(await bed.plan().consume().ended()).toMatchObject({ code: "not_found" });
    });

    it("ends without an error when the signal aborts while it waits", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const consumer = stream.consume();
      const waiting = consumer.batch().catch((thrown: Error) => thrown.message);
      await consumer.end();
      expect(await waiting).toBe("the reading ended early");
    });
  });
}

/** Runs every consumer until so many messages are done; `handle` answers whether one is done. */
async function handleAll(
  consumers: readonly Puller<Delivery>[],
  count: number,
  handle: (delivery: Delivery) => Promise<boolean>,
): Promise<void> {
  let done = 0;
  const finished = Promise.withResolvers<void>();
  const run = async (consumer: Puller<Delivery>) => {
    while (done < count) {
      const delivery = await consumer.next();
      if ((await handle(delivery)) && ++done === count) finished.resolve();
    }
  };
  const runs = consumers.map((consumer) => run(consumer).catch(finished.reject));
  await finished.promise;
  await Promise.all(consumers.map((consumer) => consumer.end()));
  await Promise.all(runs);
}
