import { spawn } from "node:child_process";
import type { TesteeProfile } from "../suite/profile.ts";
import { TesteeFault } from "./testee-fault.ts";

/**
 * Runs what a profile names as its set-up, such as the installation of packages.
 * @throws {TesteeFault} with the end of its output when it fails.
 */
export async function prepareTestee({ name, setup, environment }: TesteeProfile): Promise<void> {
  const [program, ...args] = setup;
  if (program === undefined) return;
  const child = spawn(program, args, { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const collect = (chunk: Buffer) => {
    output = (output + chunk.toString("utf8")).slice(-4_000);
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const code = await new Promise((resolve) => child.once("close", resolve).once("error", () => resolve(127)));
  if (code !== 0)
    throw new TesteeFault("crashed", `the set-up of ${name} (${setup.join(" ")}) failed:\n${output.trim()}`);
}
