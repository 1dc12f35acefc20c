import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOnce } from "../../tools/build-once.ts";
import { type ProgramError, runProgram } from "../../tools/run-program.ts";

const root = join(import.meta.dirname, "..", "..");
const fake = join(import.meta.dirname, "testee", "fake-testee.mjs");
/** The Node that runs this test comes first, also for what npx starts. */
const env = { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter), NODE_OPTIONS: "" };

describe("the packed runner in an empty folder", () => {
  let folder: string;
  let archives: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "conformance-package-"));
    await buildOnce();
    const pack = ["pack", "./gen/ts", "./conformance", "--ignore-scripts", "--silent", "--pack-destination", folder];
    archives = (await runProgram("npm", pack, { cwd: root })).trim().split("\n");
    await cp(fake, join(folder, "testee.mjs"));
    await writeFile(join(folder, "package.json"), JSON.stringify({ private: true }));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const npx = (...args: string[]) => {
    const packages = archives.map((name) => `--package=./${name}`);
    const all = ["--yes", "--prefer-offline", "--ignore-scripts", ...packages, "concord-conformance", ...args];
    return runProgram("npx", all, { cwd: folder, env }).catch((error: ProgramError) => error.output);
  };

  it("judges a command that it knows nothing of", async () => {
    const output = await npx("--testee", "node testee.mjs honest", "--case", "K5", "--case", "C9");
    expect(output).toMatch(/✗ L0 subject\/K5-partitions \[n=8\] {2}testee: node testee.mjs honest 0/);
    expect(output).toContain("1 unsupported");
    expect(await readdir(join(folder, "conformance-out"))).toContain("L0_subject_K5_n=8.ndjson");
  });

  it("brings suites, vectors and the starters", async () => {
    expect(await npx("--list", "--level", "L0..L2")).toMatch(/\d{3} permutations/);
  });
});
