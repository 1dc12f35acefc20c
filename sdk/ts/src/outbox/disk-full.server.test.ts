import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findNatsServer } from "../../../../tools/servers/nats-binary.ts";
import { type NatsServer, startNatsServer } from "../../../../tools/servers/nats-server.ts";
import { systemClock } from "../core/clock.ts";
import type { OutboxEntry } from "../core/store/outbox-store.ts";
import { connectNats } from "../nats/index.ts";
import { createSqliteMigrator, createSqliteStores, openSqlite } from "../sqlite/index.ts";
import { createRelay } from "./relay.ts";

const stream = "evt-orders";
const rows = 40;

function entry(n: number): OutboxEntry {
  return {
    partition: n % 16,
    key: `k${n}`,
    stream,
    subject: `evt.orders.0.k${n}.test.v1.Fact`,
    messageId: `/test/${n}`,
    headers: {},
    type: "test.v1.Fact",
    eventId: String(n),
    head: new Uint8Array(256 * 1024),
  };
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + 40_000;
  while (!(await isTrue())) {
    if (Date.now() > deadlineMs) throw new Error("it did not become true in time");
    await systemClock.sleep(50);
  }
}

for (const version of ["oldest", "newest"] as const) {
  const found = await findNatsServer(version);
  describe.skipIf(!found.available)(`a relay whose ${version} nats-server may store no more`, () => {
    let server: NatsServer;
    beforeAll(async () => {
      server = await startNatsServer({ version, maxFileBytes: 4 * 1024 * 1024 });
    });
    afterAll(() => server?.stop());

    it("keeps the rest in the outbox, says so, and sends it when there is room, nothing lost (T16)", async () => {
      await using transport = await connectNats({ servers: server.url });
      const spec = { name: stream, subjects: ["evt.orders.>"], partitions: 1, retentionMs: 3_600_000 };
      await transport.provision([{ ...spec, dedupeWindowMs: 120_000 }]);
      const database = openSqlite({ path: ":memory:", durable: false });
      await createSqliteMigrator(database).migrate();
      const { outbox } = createSqliteStores(database);
      await database.transaction((tx) =>
        outbox.insert(
          tx,
          Array.from({ length: rows }, (_, n) => entry(n)),
        ),
      );
      const relay = createRelay({
        store: outbox as never,
        transport,
        maxAttempts: 2,
        retry: { initialMs: 50, maxMs: 200 },
      });
      const stop = new AbortController();
      const running = relay.run(stop.signal);

      const stored = async () => Number((await transport.streamState(stream))!.lastSequence);
      await until(async () => relay.status().troubledStreams.length > 0);
      expect(relay.status().troubledStreams).toEqual([stream]);
      expect(await stored()).toBeLessThan(rows);

      let freed = 0n;
      const makeRoom = async () => {
        for (const last = await stored(); freed < last; ) await transport.remove(stream, ++freed);
        return (await outbox.status()).waiting === 0;
      };
      await until(makeRoom);
      expect(await stored()).toBe(rows);
      expect(relay.status()).toMatchObject({ quarantined: 0, troubledStreams: [] });
      stop.abort();
      await running;
      await database.close();
    });
  });
}
