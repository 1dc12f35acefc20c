import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openEmbedded } from "./open.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "concord-consume-kill-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const stream = { name: "evt-a", subjects: ["evt.a.>"], partitions: 8, retentionMs: 3_600_000, dedupeWindowMs: 120_000 };
const request = { stream: "evt-a", durable: "d", filter: "evt.a.>", maxAckPending: 1, ackWaitMs: 3_600_000 };

/** Acknowledges `a` and dies in the handler of the next event, with nothing in between. */
const program = `
  import { openEmbedded } from ${JSON.stringify(fileURLToPath(new URL("./open.ts", import.meta.url)))};
  const transport = await openEmbedded({ path: process.argv[1] });
  const request = { ...${JSON.stringify(request)}, signal: new AbortController().signal };
  for await (const [delivery] of transport.consume(request)) {
    if (Buffer.from(delivery.body).toString() !== "a") process.kill(process.pid, "SIGKILL");
    await delivery.ack();
  }
`;

it("counts the deliveries of an event that kills the process, and forgets no acknowledgement (D4)", {
  timeout: 30_000,
}, async () => {
  const path = join(folder, "events.db");
  const before = await openEmbedded({ path });
  await before.provision([stream]);
  for (const id of ["a", "deadly"]) {
    await before.publish({
      stream: "evt-a",
      subject: "evt.a.0.k.A",
      messageId: id,
      headers: {},
      body: Buffer.from(id),
    });
  }
  await before.close();
  for (let run = 1; run <= 3; run++) {
    const { signal } = spawnSync(process.execPath, ["--input-type=module", "--eval", program, path]);
    expect(signal).toBe("SIGKILL");
  }
  await using after = await openEmbedded({ path });
  const consuming = after.consume({ ...request, signal: new AbortController().signal });
  const { value } = await consuming[Symbol.asyncIterator]().next();
  expect(value).toMatchObject([{ sequence: 2n, deliveries: 4 }]);
});
