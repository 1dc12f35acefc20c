import { randomUUID } from "node:crypto";
import { Middleware } from "@moleculer/channels";
import { ServiceBroker } from "moleculer";
import pg from "pg";
import { type Delivered, handleByHand } from "../by-hand.ts";
import { accountOf } from "../contract.ts";
import { accounts } from "../reader.ts";
import type { Servers } from "../servers.ts";
import { createCountdown, sideBySide } from "../stopwatch.ts";

/** How much is consumed, and how. */
export interface ChannelOptions {
  readonly name: string;
  readonly count: number;
  readonly concurrency: number;
}

const filler = "x".repeat(380);

/**
 * Consumes with https://github.com/moleculerjs/moleculer-channels over JetStream. It delivers at least once and in no order;
 * the handler writes the dedupe row and the effect in one transaction, as whoever needs exactly once must.
 */
export async function consumeWithChannels(
  servers: Servers,
  { name, count, concurrency }: ChannelOptions,
): Promise<number> {
  await fill(servers, name, count);
  const countdown = createCountdown(count);
  const pool = new pg.Pool({ connectionString: servers.databaseUrl, max: concurrency });
  const broker = createBroker(servers.natsUrl);
  broker.createService({
    name,
    channels: {
      [name]: {
        group: name,
        maxInFlight: concurrency,
        nats: { consumerOptions: { config: { deliver_policy: "all" } } },
        async handler(event: Omit<Delivered, "consumer">) {
          await handleByHand(pool, { consumer: name, ...event });
          countdown.count();
        },
      },
    },
  });
  await broker.start();
  const perSecond = await countdown.perSecond;
  await broker.stop();
  await pool.end();
  return perSecond;
}

/** Sends what a broker of theirs sends, which is JSON, before anybody listens. */
async function fill({ transport }: Servers, name: string, count: number): Promise<void> {
  const limits = { partitions: 1, retentionMs: 3_600_000, dedupeWindowMs: 120_000 };
  await transport.provision([{ name, subjects: [name], ...limits }]);
  await sideBySide(count, 256, (index) => {
    const id = randomUUID();
    const body = Buffer.from(JSON.stringify({ id, account: accountOf(index, accounts), amount: 1, filler }));
    return transport.publish({ stream: name, subject: name, messageId: id, headers: {}, body });
  });
}

function createBroker(natsUrl: string): ServiceBroker {
  const channels = Middleware({ adapter: { type: "NATS", options: { nats: { url: natsUrl } } } } as never);
  return new ServiceBroker({ logger: false, middlewares: [channels as never] });
}
