import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { printOpenApi } from "./print-openapi.ts";
import { runProgram } from "./run-program.ts";

const root = join(import.meta.dirname, "..");
const concord = join(root, "sdk", "cli", "src", "command", "main.ts");

/** The manifest of the generated TypeScript; generation empties its folder, so it is written along. */
const genManifest = `{
  "name": "@concord/gen",
  "version": "0.1.0",
  "description": "The Concord protocol's messages and services, generated for protobuf-es.",
  "license": "Apache-2.0",
  "type": "module",
  "sideEffects": false,
  "exports": { "./*": "./*" },
  "files": ["buf/**", "concord/**", "google/**", "grpc/**", "proto/**"],
  "dependencies": { "@bufbuild/protobuf": "2.17.0" }
}
`;

/**
 * Generates the code of all contracts into `OUT/gen`, byte for byte the same each time.
 * @throws {Error} with buf's messages when a contract does not compile.
 */
export async function generate(outFolder: string): Promise<void> {
  for (const template of ["buf.gen.yaml", "buf.gen.codec.yaml", "buf.gen.rpc.yaml"]) {
    await runProgram("buf", ["generate", "--template", template, "-o", outFolder], { cwd: root });
  }
  for (const { path, text } of printOpenApi(root)) {
    const file = join(outFolder, "gen", "openapi", path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  const documents = ["docs", "--package", "shop", "--out", join(outFolder, "gen", "asyncapi")];
  await runProgram(process.execPath, ["--conditions=@concord/source", concord, ...documents], { cwd: root });
  const folder = join(outFolder, "gen", "ts");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), genManifest);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: "string" } } });
  await generate(values.out ?? root);
  console.log(`generated ${join(values.out ?? ".", "gen")} from the contracts in proto`);
}
