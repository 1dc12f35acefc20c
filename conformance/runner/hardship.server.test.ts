import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findNatsServer } from "../../tools/servers/nats-binary.ts";
import { processesWithin } from "./leftovers.ts";

const root = join(import.meta.dirname, "..", "..");
const found = await findNatsServer("newest");

/** Waits until nothing is amiss any more. */
async function until(amiss: () => Promise<string>): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (let left = await amiss(); left !== ""; left = await amiss()) {
    if (performance.now() > deadline) throw new Error(`after 30 s: ${left}`);
    await delay(20);
  }
}

describe.skipIf(!found.available || process.platform !== "linux")("a run in hardship", () => {
  let out: string;
  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), "conformance-hardship-"));
  });
  afterAll(() => rm(out, { recursive: true, force: true }));

  /** Everything that a run leaves behind would be in its own temporary folder, or carry its name. */
  const start = async (...more: string[]) => {
    const mark = await mkdtemp(join(out, "run-"));
    const args = [
      "--conditions=@concord/source",
      "--disable-warning=ExperimentalWarning",
      join(import.meta.dirname, "main.ts"),
    ];
    const suite = ["--testee", "ts", "--level", "L1", "--out", join(out, "logs"), "--format", "json", ...more];
    const compiled = { NODE_COMPILE_CACHE: join(out, "compiled") };
    const env = {
      ...process.env,
      ...compiled,
      TMPDIR: mark,
      PATH: `${join(root, "node_modules", ".bin")}:${process.env.PATH}`,
    };
    const child = spawn(process.execPath, [...args, ...suite], {
      cwd: root,
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
    });
    return { child, mark, output: () => output };
  };
  const noServer = async (mark: string) =>
    (await readdir(mark)).some((name) => name.startsWith("concord-nats-")) ? "" : "there is no broker";
  const leftovers = async (mark: string) => {
    const left = [...(await readdir(mark)), ...(await Promise.all((await processesWithin(mark)).map(commandOf)))];
    return left.length === 0 ? "" : `${left.join(", ")} are left`;
  };
  const codeOf = async (child: ChildProcess) => {
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    return child.exitCode;
  };

  it.each(["SIGINT", "SIGTERM"] as const)("that %s ends leaves no process and no folder behind", async (signal) => {
    const { child, mark } = await start();
    await until(() => noServer(mark));
    child.kill(signal);
    expect(await codeOf(child)).toBe(130);
    await until(() => leftovers(mark));
  });

  it("that is killed leaves no process and no folder behind either", async () => {
    const { child, mark } = await start();
    await until(() => noServer(mark));
    child.kill("SIGKILL");
    await codeOf(child);
    await until(() => leftovers(mark));
  });

  it("whose broker dies goes on with a new one, and says what failed", async () => {
    const { child, mark, output } = await start("--case", "L1/trace/**", "--case", "L1/headers/**", "--jobs", "2");
    await until(async () => ((await serverPid(mark)) === undefined ? "there is no broker" : ""));
    await delay(1_000);
    process.kill((await serverPid(mark))!, "SIGKILL");
    expect([0, 1]).toContain(await codeOf(child));
    const { totals } = JSON.parse(output()) as { totals: { passed: number; failed: number } };
    expect(totals.passed).toBeGreaterThan(20);
    await until(() => leftovers(mark));
  });

  it("beside another one disturbs nobody", async () => {
    const runs = await Promise.all([1, 2].map(() => start("--case", "L1/trace/**", "--jobs", "2")));
    for (const { child, mark, output } of runs) {
      await codeOf(child);
      const { results } = JSON.parse(output()) as { results: { path: string; status: string; observed: string }[] };
      expect(results.filter(({ status }) => status !== "passed")).toEqual([]);
      expect(results.length).toBeGreaterThan(10);
      await until(() => leftovers(mark));
    }
  });
});

/** The shared broker's process: the first nats-server of the run. */
async function serverPid(mark: string): Promise<number | undefined> {
  for (const pid of await processesWithin(mark)) {
    const command = await commandOf(pid);
    if (command.includes("nats.conf") && !command.startsWith("sh")) return pid;
  }
  return undefined;
}

/** The command line of a process; empty when it has ended meanwhile. */
function commandOf(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, "utf8").then(
    (text) => text.replaceAll("\0", " ").trim(),
    () => "",
  );
}
