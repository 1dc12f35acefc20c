import { describe, expect, it } from "vitest";
import { numbered, openBed, text } from "./bed.ts";
import type { TransportSettings } from "./settings.ts";

/** Several connections to one broker, as several processes have them. */
export function sharing(settings: TransportSettings): void {
  if (settings.features.shared)
    describe("several connections", () => {
      it("read what another one publishes", async () => {
        await using bed = await openBed(settings);
        const stream = await bed.stream();
        await using other = await settings.open();
        const next = stream.read().next();
        await other.publish(stream.message({ body: "1" }));
        expect(text(await next)).toBe("1");
      });

      it("drop each other's repetitions (T22)", async () => {
        await using bed = await openBed(settings);
        const stream = await bed.stream();
        await using other = await settings.open();
        const message = stream.message({ id: "/shop/orders/1" });
        expect(await bed.transport.publish(message)).toMatchObject({ duplicate: false });
        expect(await other.publish(message)).toMatchObject({ sequence: 1n, duplicate: true });
      });

      it("may provision the same stream at once", async () => {
        await using bed = await openBed(settings);
        await using other = await settings.open();
        const { spec } = bed.plan();
        const reports = await Promise.all([bed.transport, other].map((transport) => transport.provision([spec])));
        expect(reports.flatMap((report) => report.warnings)).toEqual([]);
      });

      it("keep the order of one durable, also when one of them goes in the middle (T3, T23)", async () => {
        await using bed = await openBed(settings);
        const stream = await bed.stream();
        await stream.publish(...numbered(30));
        const other = await settings.open();
        const request = { maxAckPending: 1, ackWaitMs: settings.ackWaitMs };
        const [here, there] = [stream.consume(request), stream.consume(request, other)];
        const handled: string[] = [];
        const handle = async (consumer: typeof here, count: number) => {
          for (let i = 0; i < count; i++) {
            const delivery = await consumer.next();
            handled.push(text(delivery));
            await delivery.ack();
          }
        };
        await handle(there, 10);
        const rest = handle(here, 20);
        await other.close();
        await rest;
        expect(handled).toEqual(numbered(30).map(({ body }) => body));
      });
    });
}
