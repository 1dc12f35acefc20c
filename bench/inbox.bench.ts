import type { Bench } from "./bench.ts";
import { consumeByHand, createTablesByHand } from "./by-hand.ts";
import { type Credited, loadCredited, publishCredits } from "./contract.ts";
import { accounts, startReader } from "./reader.ts";
import { type Servers, startServers } from "./servers.ts";
import { createCountdown, quantile } from "./stopwatch.ts";

const count = 4_000;
const concurrency = 16;
const turns = 3;

/** A consumer with inbox against one written by hand: the same events, the same effect, exactly once. */
export const bench: Bench = createBench();

function createBench(): Bench {
  const [credited] = loadCredited();
  let servers: Servers | undefined;
  return {
    title: `Consumer with inbox ÷ written by hand, NATS → PostgreSQL, ${count} events of 512 B, one transaction each, ${concurrency} at once`,
    goals: { "with inbox ÷ by hand": { atLeast: 0.85 } },
    async setUp() {
      servers = await startServers();
      await createTablesByHand(servers.databaseUrl);
      await publishCredits(servers.transport, credited!, { count, accounts });
      return servers;
    },
    async measure({ index }) {
      const byHand: number[] = [];
      const withInbox: number[] = [];
      for (let turn = 0; turn < turns; turn++) {
        const name = `reader-${index + 1}-${turn}`;
        byHand.push(await consumeByHand(servers!, credited!, { name, count, concurrency }));
        withInbox.push(await consumeWithInbox(servers!, credited!, name));
      }
      const [bare, ours] = [quantile(byHand, 0.5), quantile(withInbox, 0.5)];
      const unit = "events/s";
      return [
        { name: "by hand", value: bare, unit },
        { name: "with inbox", value: ours, unit },
        { name: "with inbox ÷ by hand", value: ours / bare, unit: "×" },
      ];
    },
  };
}

async function consumeWithInbox({ natsUrl, databaseUrl }: Servers, credited: Credited, name: string): Promise<number> {
  const countdown = createCountdown(count);
  const config = { transport: natsUrl, databaseUrl, concurrency };
  await using _reader = await startReader([credited], { name, config, onCredit: countdown.count });
  return await countdown.perSecond;
}
