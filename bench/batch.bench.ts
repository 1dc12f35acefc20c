import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Transport } from "../sdk/ts/src/core/transport.ts";
import { openEmbedded } from "../sdk/ts/src/embedded/index.ts";
import type { Bench } from "./bench.ts";
import { consumeBatchesByHand, createTablesByHand } from "./by-hand.ts";
import { type Credited, loadCredited, publishCredits } from "./contract.ts";
import { accounts, type ReaderOptions, startReader } from "./reader.ts";
import { type Servers, startServers } from "./servers.ts";
import { createCountdown } from "./stopwatch.ts";

const count = 40_000;
const maxEvents = 100;
/** One transaction of each partition at once, and as many by hand. */
const concurrency = 8;

/** A consumer in batches against one written by hand: the same events, the same effects, so many in a transaction. */
export const bench: Bench = createBench();

function createBench(): Bench {
  const [credited] = loadCredited();
  let servers: Servers | undefined;
  let embedded: Embedded | undefined;
  return {
    title: `Consumer in batches ÷ written by hand, ${count} events of 512 B, an UPDATE each, ${maxEvents} in a transaction, ${concurrency} at once`,
    goals: { "in batches ÷ by hand": { atLeast: 0.9 }, "in batches": { atLeast: 25_000 } },
    async setUp() {
      servers = await startServers();
      await createTablesByHand(servers.databaseUrl);
      await publishCredits(servers.transport, credited!, { count, accounts });
      embedded = await openEmbeddedCredits(credited!);
      return {
        [Symbol.asyncDispose]: async () => {
          await Promise.all([servers, embedded].map((opened) => opened?.[Symbol.asyncDispose]()));
        },
      };
    },
    async measure({ index }) {
      const name = `reader-${index + 1}`;
      const { natsUrl, databaseUrl } = servers!;
      const byHand = await consumeBatchesByHand(servers!, credited!, { name, count, concurrency, maxEvents });
      const ours = await consumeInBatches(credited!, { name, config: { transport: natsUrl, databaseUrl } });
      const { transport, folder } = embedded!;
      const config = { databaseUrl: `sqlite:${join(folder, name)}.db` };
      const onFile = await consumeInBatches(credited!, { name, transport, config });
      const unit = "events/s";
      return [
        { name: "by hand", value: byHand, unit },
        { name: "in batches", value: ours, unit },
        { name: "in batches ÷ by hand", value: ours / byHand, unit: "×" },
        { name: "in batches, embedded broker and SQLite", value: onFile, unit },
      ];
    },
  };
}

async function consumeInBatches(credited: Credited, options: Omit<ReaderOptions, "onCredit">): Promise<number> {
  const countdown = createCountdown(count);
  const config = { ...options.config, concurrency, batchEvents: maxEvents };
  await using _reader = await startReader([credited], { ...options, config, onCredit: countdown.count });
  return await countdown.perSecond;
}

interface Embedded extends AsyncDisposable {
  readonly transport: Transport;
  readonly folder: string;
}

/** The same events in an embedded broker. */
async function openEmbeddedCredits(credited: Credited): Promise<Embedded> {
  const folder = mkdtempSync(join(tmpdir(), "concord-bench-"));
  const transport = await openEmbedded({ path: join(folder, "broker.db") });
  await publishCredits(transport, credited, { count, accounts });
  return {
    transport,
    folder,
    [Symbol.asyncDispose]: async () => {
      await transport.close();
      rmSync(folder, { recursive: true });
    },
  };
}
