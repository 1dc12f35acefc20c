import { copyFile, cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { runProgram } from "./run-program.ts";

const root = join(import.meta.dirname, "..");
const sdk = join(root, "sdk", "ts");
const gen = join(root, "gen", "ts");
const cli = join(root, "sdk", "cli");
const conformance = join(root, "conformance");

/**
 * Makes `sdk/ts`, `gen/ts`, `sdk/cli` and `conformance` ready for `npm pack`: JavaScript in `dist`, and beside it what a package must
 * carry along and git keeps elsewhere: migrations, contracts, license.
 * @throws {ProgramError} with the compiler's messages.
 */
export async function build(): Promise<void> {
  await compile(sdk);
  await copyFolder(join(root, "sdk", "migrations"), join(sdk, "migrations"));
  await copyFolder(join(root, "proto", "concord"), join(gen, "proto", "concord"));
  await copyFolder(join(root, "third_party", "buf"), join(gen, "proto", "buf"));
  // By the SDK's declarations as they are packed, so it comes after them.
  await compile(cli);
  await compile(conformance);
  for (const folder of [sdk, gen, cli, conformance]) await copyFile(join(root, "LICENSE"), join(folder, "LICENSE"));
}

async function compile(folder: string): Promise<void> {
  await rm(join(folder, "dist"), { recursive: true, force: true });
  await runProgram("tsc", ["-p", join(folder, "tsconfig.build.json")], { cwd: root });
}

async function copyFolder(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await cp(from, to, { recursive: true });
}

if (import.meta.main) {
  const started = performance.now();
  await build();
  console.log(
    `built sdk/ts/dist in ${((performance.now() - started) / 1000).toFixed(1)} s; pack with "npm pack -w sdk/ts"`,
  );
}
