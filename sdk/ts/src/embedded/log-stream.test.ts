import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../core/clock.ts";
import { type LogFile, openLogFile } from "./log-file.ts";
import type { LogStream } from "./log-stream.ts";
import { noPartition } from "./message-table.ts";
import { createStreams } from "./streams.ts";
import { compileFilter, partitionOf } from "./subject-filter.ts";

let file: LogFile;
let stream: LogStream;
beforeEach(() => {
  file = openLogFile(":memory:");
  const streams = createStreams(file, systemClock);
  streams.create({ name: "evt-a", subjects: [">"], partitions: 8, retentionMs: 3_600_000, dedupeWindowMs: 120_000 });
  streams.load();
  stream = streams.get("evt-a");
});
afterEach(() => file.db.close());

/** Appends as the appender does, without its queue. */
const append = (...subjects: string[]) => {
  const partitions = new Set<number>();
  for (const subject of subjects) {
    const partition = partitionOf(subject) ?? noPartition;
    const sequence = stream.counts.lastSequence + 1;
    const message = { subject, partition, messageId: String(sequence), headers: "{}", body: Buffer.from(""), size: 0 };
    stream.table.insert(sequence, 0, message);
    stream.counts = { lastSequence: sequence, messages: sequence, bytes: 0 };
    partitions.add(partition);
  }
  stream.announce(partitions);
};
const rings = (filter: string) => {
  let count = 0;
  stream.appended(compileFilter(filter)).listen(() => count++);
  return () => count;
};
const subjects = (filter: string, after = 0) =>
  stream.page(compileFilter(filter), after, 100).messages.map((message) => message.subject);

describe("waking", () => {
  it("wakes the readers of the partition that got a message, and those of all", () => {
    const [three, four, all] = [rings("evt.a.3.>"), rings("evt.a.4.>"), rings("evt.a.*.k.>")];
    append("evt.a.3.k.A", "evt.a.3.k.B");
    expect([three(), four(), all()]).toEqual([1, 0, 1]);
  });

  it("wakes only the readers of all for a subject without a partition", () => {
    const [three, all] = [rings("evt.a.3.>"), rings("evt.a.*")];
    append("evt.a.3");
    expect([three(), all()]).toEqual([0, 1]);
  });
});

describe("a page", () => {
  it("of one partition is found by its index, not by looking at all messages", () => {
    append("evt.a.3.k.A");
    const plan = file.db
      .prepare(
        `EXPLAIN QUERY PLAN SELECT body FROM message_1 INDEXED BY message_1_partition
         WHERE partition = ? AND sequence > ? AND sequence <= ? AND subject GLOB ? ORDER BY sequence LIMIT ?`,
      )
      .all();
    expect(plan.map((step) => step.detail)).toEqual([
      "SEARCH message_1 USING INDEX message_1_partition (partition=? AND rowid>? AND rowid<?)",
    ]);
  });

  it("looks at a bounded part of the stream, and says how far it came", () => {
    append("evt.a.3.k.A");
    stream.counts = { lastSequence: 1_000_000, messages: 2, bytes: 0 };
    expect(stream.page(compileFilter("evt.a.4.>"), 0, 100)).toEqual({ messages: [], position: 20_000 });
  });

  it("finds subjects without a partition, too", () => {
    append("evt.a.3.k.A", "evt.a.3", "other");
    expect(subjects(">")).toEqual(["evt.a.3.k.A", "evt.a.3", "other"]);
    expect(subjects("evt.a.*")).toEqual(["evt.a.3"]);
  });

  it("tells two streams' worth of partitions under one stream apart", () => {
    append("evt.a.3.k.A", "evt.b.3.k.A", "x.evt.a.3.k.A");
    expect(subjects("evt.a.3.>")).toEqual(["evt.a.3.k.A"]);
    expect(subjects("evt.*.3.>")).toEqual(["evt.a.3.k.A", "evt.b.3.k.A"]);
  });

  it("of redrives finds one partition behind wildcards", () => {
    append("rdr.mail.evt.orders.3.k.A", "rdr.mail.evt.users.3.k.A", "rdr.mail.cmd.mail.4.k.A", "rdr.mail.x.y.3.k");
    expect(subjects("rdr.mail.*.*.3.>")).toEqual([
      "rdr.mail.evt.orders.3.k.A",
      "rdr.mail.evt.users.3.k.A",
      "rdr.mail.x.y.3.k",
    ]);
  });
});
