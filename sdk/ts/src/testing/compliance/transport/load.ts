import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { numbered, openBed, text } from "./bed.ts";
import type { TransportSettings } from "./settings.ts";

/** Order over many messages, and memory that does not grow with the backlog. */
export function load(settings: TransportSettings): void {
  describe("under load", () => {
    it("keeps the order of 10,000 messages", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const choices = numbered(10_000);
      const reader = stream.read();
      for (let i = 0; i < choices.length; i += 1_000) await stream.publish(...choices.slice(i, i + 1_000));
      const messages = await reader.take(choices.length);
      expect(messages.map(text)).toEqual(choices.map(({ body }) => body));
      expect(messages.every((message, i) => message.sequence === BigInt(i + 1))).toBe(true);
    });

    it("delivers 2,000 messages to an acknowledging consumer, each once", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const choices = numbered(2_000);
      await stream.publish(...choices);
      const consumer = stream.consume();
      const seen: string[] = [];
      while (seen.length < choices.length) {
        const delivery = await consumer.next();
        seen.push(text(delivery));
        await delivery.ack();
      }
      expect(seen).toEqual(choices.map(({ body }) => body));
    });

    it("does not read ahead of a slow reader without bound", async () => {
      await using bed = await openBed(settings);
      const stream = await bed.stream();
      const body = new Uint8Array(16 * 1024);
      for (let i = 0; i < 5; i++) await stream.publish(...Array.from({ length: 200 }, () => ({ body })));
      const before = usedBytes();
      const slow = Array.from({ length: 4 }, () => stream.read({ maxBatch: 8 }));
      for (const reader of slow) await reader.next();
      await countAll(stream.read({ maxBatch: 8 }), 1_000);
      expect(usedBytes() - before).toBeLessThan(40 * 1024 * 1024);
      for (const reader of slow) expect((await reader.take(999)).at(-1)).toMatchObject({ sequence: 1_000n });
    });
  });
}

/** Reads to the end and keeps nothing. */
async function countAll(reader: { batch(): Promise<readonly unknown[]> }, count: number): Promise<void> {
  for (let seen = 0; seen < count; ) seen += (await reader.batch()).length;
}

/** What is in use after a collection, in bytes: four unbounded readers of 16 MiB would add 64 MiB. */
function usedBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // Twice: what the first one finalises, such as buffers of sockets, only the second one counts as free.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
