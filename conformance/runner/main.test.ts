import { type ExecFileException, execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { processesWithin } from "./leftovers.ts";

const main = join(import.meta.dirname, "main.ts");
const fake = join(import.meta.dirname, "testee", "fake-testee.mjs");

interface Ended {
  readonly code: number;
  readonly output: string;
}

describe("the command", () => {
  let out: string;
  /** What one run has compiled, the next need not. */
  let compiled: string;
  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), "conformance-test-"));
    compiled = join(out, "compiled");
  });
  afterAll(() => rm(out, { recursive: true, force: true }));

  const run = (...args: string[]) => runWithin(out, ...args);
  /** Everything that a run leaves behind would be in the folder, or carry its name. */
  const runWithin = (mark: string, ...args: string[]) =>
    new Promise<Ended>((resolve) => {
      const all = [
        "--conditions=@concord/source",
        "--disable-warning=ExperimentalWarning",
        main,
        ...args,
        "--out",
        out,
      ];
      const env = { ...process.env, TMPDIR: mark, NODE_COMPILE_CACHE: compiled };
      execFile(process.execPath, all, { env }, (error: ExecFileException | null, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
      );
    });
  const testee = (vice: string) => [
    "--testee",
    `${process.execPath} ${fake} ${vice}`,
    "--case",
    "K5/n=8",
    "--case",
    "**/K5/n=8",
  ];

  it("reports a failure with what was expected and observed, a wire log, and where to read on", async () => {
    const { code, output } = await run(...testee("wrong"));
    expect(code).toBe(1);
    expect(output).toMatch(/✗ L0 subject\/K5-partitions \[n=8\] {2}testee: .* seed 42/);
    expect(output).toMatch(/expected .*vector K5-.*observed .*partition is 7/s);
    expect(output).toContain("conformance/README.md#k5");
    expect(await readdir(out)).toContain("L0_subject_K5_n=8.ndjson");
  });

  it.each([
    ["hang", "timeout"],
    ["crash", "crashed"],
    ["rubbish", "stray_output"],
    ["wrong-id", "bad_reply"],
    ["wrong-op", "bad_reply"],
    ["huge", "more than 8 MiB"],
    ["twice", "which it has answered before"],
    ["liar", "claims what no case knows: fly"],
  ])("names a testee that misbehaves as %s, and leaves nothing behind", async (vice, named) => {
    const mark = await mkdtemp(join(out, "run-"));
    const { code, output } = await runWithin(mark, ...testee(vice));
    expect({ code, output }).toEqual({ code: vice === "liar" ? 2 : 1, output: expect.stringContaining(named) });
    expect(await readdir(mark)).toEqual([]);
    if (process.platform === "linux") expect(await processesWithin(mark)).toEqual([]);
  });

  it("shows what is not claimed as unsupported, in any form of the report", async () => {
    const { code, output } = await run(...testee("honest").slice(0, 2), "--case", "C9", "--format", "json");
    expect({ code, report: JSON.parse(output) }).toMatchObject({
      code: 0,
      report: { totals: { passed: 0, unsupported: 1 }, results: [{ id: "C9", status: "unsupported" }] },
    });
  });

  it("refuses wrong use with exit code 2, a sentence and no stack trace", async () => {
    const { code, output } = await run("--frobnicate");
    expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining("frobnicate") });
    expect(output).not.toMatch(/^ +at /m);
  });

  it("lists the cases without a testee", async () => {
    const { code, output } = await run("--list", "--level", "L0");
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringMatching(/\d+ permutations of \d+ cases/) });
  });
});
