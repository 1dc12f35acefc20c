import { afterEach, beforeEach, expect, it } from "vitest";
import { systemClock } from "../core/clock.ts";
import { type Appender, createAppender } from "./appender.ts";
import { createDurables } from "./durables.ts";
import { type LogFile, openLogFile } from "./log-file.ts";
import type { LogStream } from "./log-stream.ts";
import type { PreparedMessage } from "./message-table.ts";
import { createRetention } from "./retention.ts";
import { createStreams } from "./streams.ts";

let file: LogFile;
let stream: LogStream;
let appender: Appender;
let commits: number;
/** Thrown in place of the next commit. */
let fault: Error | undefined;

beforeEach(() => {
  file = openLogFile(":memory:");
  [commits, fault] = [0, undefined];
  const streams = createStreams(file, systemClock);
  const spec = { name: "evt-a", subjects: ["evt.a.>"], partitions: 8, retentionMs: 3_600_000, dedupeWindowMs: 120_000 };
  streams.create({ ...spec, maxMessages: 2_500 });
  streams.load();
  stream = streams.get("evt-a");
  const counting: LogFile = {
    ...file,
    transaction: (durability, run) =>
      file.transaction(durability, () => {
        const result = run();
        commits++;
        const thrown = fault;
        fault = undefined;
        if (thrown) throw thrown;
        return result;
      }),
  };
  const retention = createRetention(counting, streams, createDurables(file, systemClock), systemClock);
  appender = createAppender({ file: counting, streams, retention, clock: systemClock });
});
afterEach(() => file.db.close());

const message = (messageId: string, size = 10): PreparedMessage => {
  return { subject: "evt.a.0.k.A", partition: 0, messageId, headers: "{}", body: Buffer.from("x"), size };
};
const append = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => appender.append(stream, message(String(from + i))));
const stored = () => file.db.prepare("SELECT count(*) AS rows FROM message_1").get()!.rows;

it("commits once for all calls of one turn of the event loop", async () => {
  const acks = await Promise.all(append(1, 300));
  expect(commits).toBe(1);
  expect(acks.at(-1)).toMatchObject({ sequence: 300n });
});

it("answers nothing before the commit", async () => {
  fault = Object.assign(new Error("disk full"), { errcode: 13 });
  const outcomes = await Promise.allSettled(append(1, 3));
  for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: "resource_exhausted" } });
  expect(stored()).toBe(0);
});

it("goes on after a failed commit as if it had not been", async () => {
  fault = new Error("disk");
  await Promise.allSettled(append(1, 3));
  expect(await Promise.all(append(1, 3))).toMatchObject([
    { sequence: 1n, duplicate: false },
    { sequence: 2n, duplicate: false },
    { sequence: 3n, duplicate: false },
  ]);
  expect(stream.counts).toEqual({ lastSequence: 3, messages: 3, bytes: 30 });
});

it("finds a repetition within one transaction", async () => {
  const [first, again] = await Promise.all([...append(1, 1), ...append(1, 1)]);
  expect([first, again]).toMatchObject([
    { sequence: 1n, duplicate: false },
    { sequence: 1n, duplicate: true },
  ]);
});

it("splits what is too much for one transaction, and keeps the order", async () => {
  const acks = await Promise.all(append(1, 2_500));
  expect(commits).toBe(3);
  expect(acks.map((ack) => ack.sequence)).toEqual(acks.map((_, i) => BigInt(i + 1)));
  await appender.flush();
});

it("splits by bytes, too", async () => {
  await Promise.all([1, 2, 3].map((id) => appender.append(stream, message(String(id), 3 * 1024 * 1024))));
  expect(commits).toBe(3);
});

it("refuses what one call did wrong and stores the others of the turn", async () => {
  await Promise.all(append(1, 2_498));
  const outcomes = await Promise.allSettled(append(2_499, 2_501));
  expect(outcomes).toMatchObject([
    { value: { sequence: 2_499n } },
    { value: { sequence: 2_500n } },
    { reason: { code: "resource_exhausted" } },
  ]);
  expect(stored()).toBe(2_500);
});

it("drops a call whose signal is aborted before its turn ends", async () => {
  const aborting = new AbortController();
  const dropped = appender.append(stream, message("1"), aborting.signal);
  const [kept] = append(2, 2);
  aborting.abort();
  await expect(dropped).rejects.toMatchObject({ code: "canceled" });
  expect(await kept).toMatchObject({ sequence: 1n });
});

it("stores at once what waits when it is flushed", async () => {
  const acks = append(1, 1_500);
  appender.flush();
  expect(stored()).toBe(1_500);
  await Promise.all(acks);
});
