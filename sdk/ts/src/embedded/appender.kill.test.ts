import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { StoredMessage } from "../core/message.ts";
import { openEmbedded } from "./open.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "concord-kill-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Appends without end, some at a time, and prints the id and the sequence of what was acknowledged. */
const program = `
  import { writeSync } from "node:fs";
  import { openEmbedded } from ${JSON.stringify(fileURLToPath(new URL("./open.ts", import.meta.url)))};
  const transport = await openEmbedded({ path: process.argv[1] });
  await transport.provision([{ name: "evt-a", subjects: ["evt.a.>"], partitions: 8, retentionMs: 3600000, dedupeWindowMs: 120000 }]);
  const body = (id) => Buffer.from(id.repeat(200));
  const append = async (id) => {
    const ack = await transport.publish({ stream: "evt-a", subject: "evt.a.0.k.A", messageId: id, headers: {}, body: body(id) });
    writeSync(1, id + " " + ack.sequence + "\\n");
  };
  for (let batch = 0; ; batch++) {
    await Promise.all(Array.from({ length: 20 }, (_, i) => append(process.argv[2] + "-" + batch + "-" + i)));
  }
`;

/** Runs the program until it has printed so many lines, kills it, and gives every acknowledgement that came out. */
async function appendUntilKilled(path: string, run: string, lines: number): Promise<Map<string, bigint>> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program, path, run], { stdio: "pipe" });
  const acknowledged = new Map<string, bigint>();
  const output = createInterface(child.stdout);
  output.on("line", (line) => {
    const [id, sequence] = line.split(" ");
    if (sequence) acknowledged.set(id!, BigInt(sequence));
    if (acknowledged.size === lines) child.kill("SIGKILL");
  });
  const [[, signal]] = await Promise.all([once(child, "exit"), once(output, "close")]);
  expect(signal).toBe("SIGKILL");
  return acknowledged;
}

it("loses nothing acknowledged when the process is killed in the middle of appending", {
  timeout: 30_000,
}, async () => {
  const path = join(folder, "events.db");
  const acknowledged = new Map<string, bigint>();
  for (const [run, lines] of [
    ["a", 37],
    ["b", 401],
    ["c", 205],
  ] as const) {
    for (const [id, sequence] of await appendUntilKilled(path, run, lines)) acknowledged.set(id, sequence);
  }
  await using transport = await openEmbedded({ path });
  const stored = new Map<bigint, StoredMessage>();
  const { lastSequence, messages } = (await transport.streamState("evt-a"))!;
  const request = { stream: "evt-a", filter: ">", after: 0n, signal: new AbortController().signal };
  for await (const batch of transport.read(request)) {
    for (const message of batch) stored.set(message.sequence, message);
    if (batch.at(-1)!.sequence === lastSequence) break;
  }
  expect(stored.size).toBe(Number(messages));
  expect(acknowledged.size).toBeGreaterThanOrEqual(37 + 401 + 205);
  for (const [id, sequence] of acknowledged) {
    expect(Buffer.from(stored.get(sequence)!.body).toString()).toBe(id.repeat(200));
  }
});
