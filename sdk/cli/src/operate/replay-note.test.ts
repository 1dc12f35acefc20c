import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openReplayNote } from "./replay-note.ts";

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "concord-note-"));
});

afterEach(() => rmSync(cwd, { recursive: true }));

let lastNumber = 0;
const open = (identity: object = { service: "notifications" }) => openReplayNote({ cwd }, identity, () => ++lastNumber);

describe("the note of a replay", () => {
  it("keeps its number from before the first event on, so that a run that died at once repeats nothing twice", async () => {
    const { again } = await open();
    expect((await open()).again).toBe(again);
  });

  it("tells where the replay came to, and how many events that were", async () => {
    await (await open()).save({ "evt-users": 2n ** 63n, "evt-orders": 7n }, 1_000);
    expect(await open()).toMatchObject({ progress: { "evt-users": 2n ** 63n, "evt-orders": 7n }, earlier: 1_000 });
  });

  it("is another one for another replay, and gone when the replay is done", async () => {
    const first = await open();
    expect((await open({ service: "orders" })).again).not.toBe(first.again);
    await first.remove();
    expect(readdirSync(join(cwd, ".concord"))).toHaveLength(1);
    expect((await open()).again).not.toBe(first.again);
  });

  it("survives a run that dies while it writes", async () => {
    const note = await open();
    await note.save({ "evt-users": 5n }, 5);
    const [name] = readdirSync(join(cwd, ".concord"));
    writeFileSync(join(cwd, ".concord", `${name}.new`), '{"again":');
    expect(await open()).toMatchObject({ again: note.again, progress: { "evt-users": 5n } });
  });

  it("is not overlooked when it cannot be read: a new number would repeat effects", async () => {
    await open();
    const [name] = readdirSync(join(cwd, ".concord"));
    writeFileSync(join(cwd, ".concord", name!), "{");
    await expect(open()).rejects.toThrow(`.concord/${name}" cannot be read; delete it to begin the replay anew`);
  });
});
