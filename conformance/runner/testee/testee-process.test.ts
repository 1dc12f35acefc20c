import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProcessGuard, type ProcessGuard } from "./process-guard.ts";
import { startTestee, type TesteeProcess } from "./testee-process.ts";
import { createWireLog } from "./wire-log.ts";

const program = join(import.meta.dirname, "fake-testee.mjs");
const ask = (testee: TesteeProcess, deadlineMs = 2_000) =>
  testee.request({ case: "partitionOf", value: { key: "order-1", partitions: 8 } }, deadlineMs);

describe.concurrent("a testee's process", () => {
  let guard: ProcessGuard;
  beforeAll(async () => {
    guard = await createProcessGuard();
  });
  afterAll(() => guard.dispose());

  const start = (vice: string) => {
    const command = [process.execPath, program, vice];
    const profile = { name: vice, command, setup: [], features: undefined, knownFailing: [], environment: {} };
    return startTestee({ profile, guard });
  };
  const fault = (kind: string, message: string) => ({ kind, message: expect.stringContaining(message) });

  it("says hello, answers, and ends with its input", async () => {
    const testee = await start("honest");
    expect(testee.hello).toMatchObject({ name: "fake", language: "none" });
    expect((await ask(testee)).value).toMatchObject({ partition: 5 });
    expect(await testee.quit()).toEqual({ code: 0, signal: null });
    expect(testee.fault).toBeUndefined();
  });

  it("that answers with an error has not failed", async () => {
    const testee = await start("honest");
    const dump = testee.request({ case: "dump", value: {} }, 2_000);
    await expect(dump).rejects.toMatchObject({ name: "OpError", code: "unsupported" });
    expect(testee.fault).toBeUndefined();
    await testee.kill();
  });

  it.each([
    ["hangs", "hang", "timeout", "did not answer partition_of within 200 ms"],
    ["answers late", "late", "timeout", "did not answer partition_of within 200 ms"],
    ["dies", "crash", "crashed", "ended with exit code 3"],
    ["prints rubbish", "rubbish", "stray_output", "debug: here I am"],
    ["answers what nobody asked", "wrong-id", "bad_reply", "nobody asked"],
    ["answers another op", "wrong-op", "bad_reply", "answered partition_of with encode"],
    ["answers with 100 MB", "huge", "bad_reply", "more than 8 MiB"],
  ])("that %s is reported as that, and ended", async (_, vice, kind, message) => {
    const testee = await start(vice);
    await expect(ask(testee, kind === "timeout" ? 200 : 15_000)).rejects.toMatchObject(fault(kind, message));
    await testee.ended;
    await expect(ask(testee)).rejects.toMatchObject(fault(kind, message));
  });

  it("that answers twice is found out", async () => {
    const testee = await start("twice");
    await ask(testee);
    await testee.ended;
    expect(testee.fault).toMatchObject(fault("bad_reply", "answered before"));
  });

  it("that stays when its input ends is killed after five seconds", async () => {
    const testee = await start("stubborn");
    expect(await testee.quit()).toEqual({ code: null, signal: "SIGKILL" });
  });

  it("that cannot be started says so", async () => {
    const profile = {
      name: "x",
      command: ["/no/such/program"],
      setup: [],
      features: undefined,
      knownFailing: [],
      environment: {},
    };
    await expect(startTestee({ profile, guard })).rejects.toMatchObject(fault("crashed", "cannot be started"));
  });

  it("keeps a log of every line", async () => {
    const testee = await start("honest");
    const log = createWireLog();
    testee.listen({ name: "A", log, onReport: () => {} });
    await ask(testee);
    expect(log.entries.map(({ what }) => what)).toEqual(["said", "heard"]);
    await testee.kill();
  });
});
