import {
  AckPolicy,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
} from "@nats-io/jetstream";
import { headers, type NatsConnection } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import type { Transport } from "../sdk/ts/src/core/transport.ts";
import { connectNats } from "../sdk/ts/src/nats/index.ts";
import { startNatsServer } from "../tools/servers/nats-server.ts";
import type { Bench, Measurement } from "./bench.ts";

const count = 20_000;
/** Publications or acknowledgements under way at once. */
const window = 256;
const body = new Uint8Array(512).fill(7);
const ownHeaders = {
  "content-type": "application/vnd.concord.envelope.v1+protobuf",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
};

/** The SDK's transport and the bare client, each with its own connection to one server. */
interface Rivals {
  readonly transport: Transport;
  readonly client: NatsConnection;
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
}

/** The NATS transport against hand-written code over the bare client: same server, window, bodies and headers. */
export const bench: Bench = createBench();

function createBench(): Bench {
  let rivals: Rivals | undefined;
  return {
    title: "NATS transport ÷ bare client, 20,000 messages of 512 B, window 256",
    goals: {
      "publish ÷ bare": { atLeast: 0.9 },
      "read ÷ bare": { atLeast: 0.6 },
      "consume + ack ÷ bare": { atLeast: 0.8 },
    },
    async setUp() {
      const server = await startNatsServer();
      const transport = await connectNats({ servers: server.url });
      const client = await connect({ servers: server.url });
      rivals = { transport, client, jetstream: jetstream(client), manager: await jetstreamManager(client) };
      return {
        [Symbol.asyncDispose]: async () => {
          await Promise.all([transport.close(), client.close()]);
          await server.stop();
        },
      };
    },
    async measure() {
      const { transport, jetstream, manager } = rivals!;
      await freshStream("bare", transport, manager);
      await freshStream("sdk", transport, manager);
      const publish = [await perSecond(() => publishBare(jetstream)), await perSecond(() => publishSdk(transport))];
      const read = [await perSecond(() => readBare(jetstream)), await perSecond(() => readSdk(transport))];
      const consume = [await perSecond(() => consumeBare(rivals!)), await perSecond(() => consumeSdk(transport))];
      const hasty = await perSecond(() => consumeHastily(rivals!));
      return [
        ...compared("publish", publish),
        ...compared("read", read),
        ...compared("consume + ack", consume),
        { name: "consume + ack, bare, not waiting for the server", value: hasty, unit: "messages/s" },
      ];
    },
  };
}

function compared(what: string, [bare = 0, sdk = 0]: readonly number[]): Measurement[] {
  return [
    { name: `${what}, bare`, value: bare, unit: "messages/s" },
    { name: `${what}, SDK`, value: sdk, unit: "messages/s" },
    { name: `${what} ÷ bare`, value: sdk / bare, unit: "×" },
  ];
}

async function perSecond(run: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await run();
  return (count / (performance.now() - start)) * 1_000;
}

async function freshStream(name: string, transport: Transport, manager: JetStreamManager): Promise<void> {
  await manager.streams.delete(name).catch(() => {});
  const limits = { partitions: 8, retentionMs: 3_600_000, dedupeWindowMs: 120_000 };
  await transport.provision([{ name, subjects: [`${name}.>`], ...limits }]);
}

/** Keeps so many calls under way until all are done. */
async function windowed(send: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < count) await send(next++);
  };
  await Promise.all(Array.from({ length: window }, work));
}

async function publishBare(client: JetStreamClient): Promise<void> {
  await windowed((index) => {
    const lines = headers();
    for (const [name, value] of Object.entries(ownHeaders)) lines.set(name, value);
    return client.publish("bare.0.k", body, { msgID: `/bench/${index}`, headers: lines });
  });
}

async function publishSdk(transport: Transport): Promise<void> {
  await windowed((index) =>
    transport.publish({
      stream: "sdk",
      subject: "sdk.0.k",
      messageId: `/bench/${index}`,
      headers: ownHeaders,
      body,
    }),
  );
}

async function readBare(client: JetStreamClient): Promise<void> {
  const consumer = await client.consumers.get("bare", { filter_subjects: "bare.>" });
  const messages = await consumer.consume({ max_messages: 2 * window });
  let seen = 0;
  for await (const message of messages) if (message.seq > 0 && ++seen === count) break;
}

async function readSdk(transport: Transport): Promise<void> {
  let seen = 0;
  const signal = new AbortController().signal;
  for await (const batch of transport.read({ stream: "sdk", filter: "sdk.>", after: 0n, signal })) {
    seen += batch.length;
    if (seen === count) break;
  }
}

/** Both sides wait for the server's word that it knows, as `Delivery.ack` promises. */
async function consumeBare({ jetstream, manager }: Rivals): Promise<void> {
  const durable = { durable_name: "bench", ack_policy: AckPolicy.Explicit, max_ack_pending: window };
  await manager.consumers.add("bare", durable);
  const consumer = await jetstream.consumers.get("bare", "bench");
  const answers: Promise<unknown>[] = [];
  for await (const message of await consumer.consume({ max_messages: window })) {
    answers.push(message.ackAck());
    if (answers.length === count) break;
  }
  await Promise.all(answers);
}

/** What many write: the acknowledgement is sent and nobody knows whether it came. The SDK does not offer it. */
async function consumeHastily({ client, jetstream, manager }: Rivals): Promise<void> {
  const durable = { durable_name: "hasty", ack_policy: AckPolicy.Explicit, max_ack_pending: window };
  await manager.consumers.add("bare", durable);
  const consumer = await jetstream.consumers.get("bare", "hasty");
  let seen = 0;
  for await (const message of await consumer.consume({ max_messages: window })) {
    message.ack();
    if (++seen === count) break;
  }
  await client.flush();
}

async function consumeSdk(transport: Transport): Promise<void> {
  const durable = { durable: "bench", filter: "sdk.>", maxAckPending: window, ackWaitMs: 30_000 };
  const answers: Promise<unknown>[] = [];
  const signal = new AbortController().signal;
  for await (const batch of transport.consume({ stream: "sdk", ...durable, signal })) {
    for (const delivery of batch) answers.push(delivery.ack());
    if (answers.length === count) break;
  }
  await Promise.all(answers);
}
