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
  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), "conformance-test-"));
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
      const env = { ...process.env, TMPDIR: mark };
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

  it("shows what is not claimed as unsupported", async () => {
    const { code, output } = await run(...testee("honest").slice(0, 2), "--case", "C9");
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining("0 passed, 1 unsupported") });
  });

  it.each([
    [["--level", "L7"], "--level is one of"],
    [["--level=L0", "--case", "no-such-case"], "no case fits"],
    [["--level=L0", "--testee", "nobody"], "there is no profile nobody"],
    [["--frobnicate"], "frobnicate"],
    [["--jobs", "none"], "--jobs takes"],
  ])("refuses wrong use %j with exit code 2", async (args, message) => {
    const { code, output } = await run(...args);
    expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining(message) });
  });

  it.each(["json", "junit", "markdown"])("prints %s", async (format) => {
    const { output } = await run(...testee("honest").slice(0, 2), "--case", "K6", "--format", format);
    const expected = {
      json: /"status": "(passed|failed)"/,
      junit: /<testsuites .*tests="1"/,
      markdown: /\| L0 subject \|/,
    }[format]!;
    expect(output).toMatch(expected);
    if (format === "json") JSON.parse(output);
  });

  it("lists the cases without a testee", async () => {
    const { code, output } = await run("--list", "--level", "L0");
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringMatching(/\d+ permutations of \d+ cases/) });
  });

  it("takes a sample by the seed, the same each time, and all of it over the seeds", async () => {
    const pathsOf = async (...args: string[]) => {
      const { output } = await run("--list", "--level", "L0", ...args);
      return output.split("\n").filter((line) => line.startsWith("L0/"));
    };
    const all = await pathsOf();
    const [one, other, again] = await Promise.all(
      ["1", "2", "1"].map((seed) => pathsOf("--sample", "2", "--seed", seed)),
    );
    expect(one).toEqual(again);
    expect([...one!, ...other!].sort()).toEqual([...all].sort());
  });
});
