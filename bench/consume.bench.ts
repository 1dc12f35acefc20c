import { fromBinary } from "@bufbuild/protobuf";
import { EnvelopeSchema } from "@concord/gen/concord/event/v1/envelope_pb.js";
import { OrderCreatedSchema } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { jetstream } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { compose } from "../sdk/ts/src/consume/middleware/compose.ts";
import { log } from "../sdk/ts/src/consume/middleware/log.ts";
import { timeout } from "../sdk/ts/src/consume/middleware/timeout.ts";
import { trace } from "../sdk/ts/src/consume/middleware/trace.ts";
import { validate } from "../sdk/ts/src/consume/middleware/validate.ts";
import { createRouter } from "../sdk/ts/src/consume/router.ts";
import { systemClock } from "../sdk/ts/src/core/clock.ts";
import { createContractReader } from "../sdk/ts/src/core/contract/contract-reader.ts";
import { decodeMessage } from "../sdk/ts/src/core/decode-message.ts";
import type { AttemptScope } from "../sdk/ts/src/core/handler.ts";
import { silentLog } from "../sdk/ts/src/core/log.ts";
import { createEventPreparer, toOutgoingMessage } from "../sdk/ts/src/core/prepare-event.ts";
import type { Transport } from "../sdk/ts/src/core/transport.ts";
import { createIdGenerator } from "../sdk/ts/src/core/uuid7.ts";
import { connectNats } from "../sdk/ts/src/nats/index.ts";
import { createValidation } from "../sdk/ts/src/validation/validation.ts";
import { startNatsServer } from "../tools/servers/nats-server.ts";
import type { Bench } from "./bench.ts";

const count = 20_000;

/** The way of an event from the stream to its handler against a bare ordered consumer that looks at each message. */
export const bench: Bench = createBench();

function createBench(): Bench {
  let url = "";
  let transport: Transport | undefined;
  return {
    title:
      "ordered read through decoding, router and middlewares ÷ bare ordered read, 20,000 OrderCreated of about 512 B",
    goals: { "read and handle ÷ bare": { atLeast: 0.6 } },
    async setUp() {
      const server = await startNatsServer();
      url = server.url;
      transport = await connectNats({ servers: url });
      await fill(transport);
      const opened = transport;
      return {
        [Symbol.asyncDispose]: async () => {
          await opened.close();
          await server.stop();
        },
      };
    },
    async measure() {
      const bare = await perSecond(() => readBare(url, () => {}));
      const byHand = await perSecond(() => readBare(url, decodeByHand));
      const plain = await perSecond(() => readAndHandle(transport!, []));
      const checked = await perSecond(() => readAndHandle(transport!, [validate(createValidation())]));
      const whole = await perSecond(() => readAndHandle(transport!, middlewares()));
      const unit = "messages/s";
      return [
        { name: "bare, bodies untouched", value: bare, unit },
        { name: "bare, decoded by hand", value: byHand, unit },
        { name: "decoded and routed", value: plain, unit },
        { name: "and validated", value: checked, unit },
        { name: "with all middlewares", value: whole, unit },
        { name: "read and handle ÷ bare", value: plain / bare, unit: "×" },
        { name: "with all middlewares ÷ bare", value: whole / bare, unit: "×" },
        { name: "with all middlewares ÷ decoded by hand", value: whole / byHand, unit: "×" },
      ];
    },
  };
}

function middlewares() {
  const clock = systemClock;
  return [timeout({ clock }), log({ clock }), trace({ service: "bench" }), validate(createValidation())];
}

async function fill(transport: Transport): Promise<void> {
  const limits = { partitions: 8, retentionMs: 3_600_000, dedupeWindowMs: 120_000 };
  await transport.provision([{ name: "evt-orders", subjects: ["evt.orders.>"], ...limits }]);
  const preparer = createEventPreparer({
    service: "orders",
    source: "/shop/orders",
    contracts: createContractReader(),
    validate: () => [],
    ids: createIdGenerator({ clock: systemClock, random: Math.random }),
    maxPayloadBytes: () => transport.maxPayloadBytes,
  });
  const line = {
    productId: "keyboard",
    name: "x".repeat(100),
    quantity: 2,
    unitPrice: { minorUnits: 4_900n, currency: "USD" },
  };
  for (let from = 0; from < count; from += 500) {
    const sent = Array.from({ length: 500 }, (_, offset) => {
      const init = { orderId: `order-${from + offset}`, userId: "ada", lines: [line, line] };
      return transport.publish(
        toOutgoingMessage(preparer.prepare({ verb: "publish", schema: OrderCreatedSchema, init })),
      );
    });
    await Promise.all(sent);
  }
}

async function perSecond(run: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await run();
  return (count / (performance.now() - start)) * 1_000;
}

/** What everybody who reads events does with the bare client and protobuf-es. */
function decodeByHand(body: Uint8Array): void {
  const { type, data } = fromBinary(EnvelopeSchema, body);
  if (type !== OrderCreatedSchema.typeName || !data) throw new Error("another event");
  if (fromBinary(OrderCreatedSchema, data).orderId === "") throw new Error("no order");
}

async function readBare(url: string, look: (body: Uint8Array) => void): Promise<void> {
  const client = await connect({ servers: url });
  const consumer = await jetstream(client).consumers.get("evt-orders", { filter_subjects: "evt.orders.>" });
  let bytes = 0;
  let seen = 0;
  for await (const message of await consumer.consume({ max_messages: 512 })) {
    bytes += message.data.length;
    look(message.data);
    if (++seen === count) break;
  }
  if (bytes === 0) throw new Error("nothing was read");
  await client.close();
}

async function readAndHandle(transport: Transport, wraps: ReturnType<typeof middlewares>): Promise<void> {
  const router = createRouter();
  let seen = 0;
  router.on(OrderCreatedSchema, ({ data }) => {
    if (data.orderId !== "") seen++;
  });
  const handle = compose(wraps, router.handle);
  const signal = new AbortController().signal;
  const scope = {} as AttemptScope;
  for await (const batch of transport.read({ stream: "evt-orders", filter: "evt.orders.>", after: 0n, signal })) {
    for (const message of batch) {
      const event = decodeMessage(message, router.find);
      if (event) await handle({ event, attempt: 1, signal, log: silentLog, scope });
    }
    if (seen === count) return;
  }
}
