import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserCreatedSchema } from "@concord/gen/shop/users/v1/users_pb.js";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { openWorkspace } from "../sdk/cli/test/workspace.ts";
import { createContractReader } from "../sdk/ts/src/core/contract/contract-reader.ts";
import { deadLetterMessage } from "../sdk/ts/src/core/dead-letter.ts";
import { encodeEnvelope } from "../sdk/ts/src/core/envelope/encode-envelope.ts";
import type { OutgoingMessage } from "../sdk/ts/src/core/message.ts";
import type { Transport } from "../sdk/ts/src/core/transport.ts";
import { connectNats } from "../sdk/ts/src/nats/index.ts";
import { redrive } from "../sdk/ts/src/publish/redrive.ts";
import { replay } from "../sdk/ts/src/publish/replay.ts";
import { startNatsServer } from "../tools/servers/nats-server.ts";
import type { Bench } from "./bench.ts";

const count = 100_000;
const window = 1_000;
const service = "notifications";
const contract = createContractReader().event(UserCreatedSchema);
const data = new Uint8Array(400).fill(7);
const main = join(import.meta.dirname, "..", "sdk", "cli", "dist", "command", "main.js");
const common = { partitions: 8, retentionMs: 30 * 86_400_000, dedupeWindowMs: 120_000 };

/** What an operator waits for: replay and redrive of many messages, the command's help, the verdict on a change. */
export const bench: Bench = createBench();

function createBench(): Bench {
  let transport: Transport | undefined;
  let empty: (() => Promise<void>) | undefined;
  return {
    title: "replay and redrive of 100,000 messages of 512 B in 1,000 keys, and what concord takes",
    goals: {
      replay: { atLeast: 5_000 },
      redrive: { atLeast: 5_000 },
      "growth of memory": { atMost: 150 },
      "concord --help": { atMost: 150 },
      "concord breaking": { atMost: 3_000 },
    },
    async setUp() {
      const server = await startNatsServer();
      const client = await connect({ servers: server.url });
      const manager = await jetstreamManager(client);
      const opened = await connectNats({ servers: server.url });
      transport = opened;
      empty = async () => {
        for (const name of ["evt-users", "dlq-notifications", "rdr-notifications"]) {
          await manager.streams.delete(name).catch(() => {});
        }
      };
      return {
        [Symbol.asyncDispose]: async () => {
          await opened.close();
          await client.close();
          await server.stop();
        },
      };
    },
    async measure() {
      const open = transport!;
      await empty!();
      await open.provision([
        { ...common, name: "evt-users", subjects: ["evt.users.>"] },
        { ...common, partitions: 1, name: "dlq-notifications", subjects: ["dlq.notifications.>"] },
        { ...common, partitions: 1, name: "rdr-notifications", subjects: ["rdr.notifications.>"] },
      ]);
      await store(open, eventOf);
      await store(open, letterOf);
      const memory = process.memoryUsage.rss();
      const replayed = await perSecond(() => replay({ transport: open, service, events: [contract] }));
      const redriven = await perSecond(() => redrive({ transport: open, service }));
      const growth = (process.memoryUsage.rss() - memory) / 1_000_000;
      return [
        { name: "replay", value: replayed, unit: "messages/s" },
        { name: "redrive", value: redriven, unit: "messages/s" },
        { name: "growth of memory", value: growth, unit: "MB" },
        ...(existsSync(main)
          ? [
              { name: "concord --help", value: commandMs(["--help"]), unit: "ms" },
              { name: "concord breaking", value: breakingMs(), unit: "ms" },
            ]
          : []),
      ];
    },
  };
}

/** An event as its publisher writes it, about 512 B long: redrive reads whose it is. */
function eventOf(index: number): OutgoingMessage {
  const key = `user-${index % 1_000}`;
  const id = `0192f000-0000-7000-8000-${String(index).padStart(12, "0")}`;
  const body = encodeEnvelope({ id, source: "/shop/users", type: contract.type, key, data, attributes: {} });
  const subject = `evt.users.${index % 8}.${key}.${contract.subjectType}`;
  const headers = { "content-type": "application/vnd.concord.envelope.v1+protobuf" };
  return { stream: "evt-users", subject, messageId: `m-${index}`, headers, body };
}

function letterOf(index: number): OutgoingMessage {
  const message = { ...eventOf(index), sequence: BigInt(index + 1), storedAtMs: 0 };
  return deadLetterMessage({ service, message, reason: "exhausted", error: "internal", attempts: 5, redrives: 0 });
}

async function store(transport: Transport, messageOf: (index: number) => OutgoingMessage): Promise<void> {
  for (let first = 0; first < count; first += window) {
    const batch = Array.from({ length: window }, (_, index) => transport.publish(messageOf(first + index)));
    await Promise.all(batch);
  }
}

async function perSecond(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (count * 1_000) / (performance.now() - startedMs);
}

/** As installed: built, in a process of its own. */
function commandMs(args: readonly string[], cwd?: string): number {
  const startedMs = performance.now();
  execFileSync(process.execPath, [main, ...args], cwd === undefined ? {} : { cwd });
  return performance.now() - startedMs;
}

/** The contracts of the shop against their last release. */
function breakingMs(): number {
  using workspace = openWorkspace();
  return commandMs(["breaking"], workspace.folder);
}
