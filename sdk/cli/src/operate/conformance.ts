import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CommandRun } from "../command-context.ts";
import { CommandError, exitCodes } from "../command-error.ts";

/** Hands everything on to the conformance runner, as installed in the project. */
export const run: CommandRun = async ({ arguments: args }, { cwd, environment, write, writeError, signal }) => {
  const runner = findRunner(cwd);
  const env = { ...environment } as NodeJS.ProcessEnv;
  const child = spawn(process.execPath, [...process.execArgv, runner, ...args], {
    cwd,
    env,
    stdio: ["inherit", "pipe", "pipe"],
  });
  child.stdout.setEncoding("utf8").on("data", write);
  child.stderr.setEncoding("utf8").on("data", writeError);
  signal?.addEventListener("abort", () => child.kill("SIGTERM"), { once: true });
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? exitCodes.interrupted;
};

/** Looks in the folder and those above it, as Node does for packages. */
function findRunner(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    const found = [
      join(at, "node_modules", "@concord", "conformance", "runner", "bin.ts"),
      join(at, "node_modules", "@concord", "conformance", "dist", "conformance", "runner", "bin.js"),
    ].find((path) => existsSync(path));
    if (found) return found;
    if (at === dirname(at)) break;
  }
  throw new CommandError(
    exitCodes.wrongUse,
    "the conformance suite is not installed; add @concord/conformance to the project",
  );
}
