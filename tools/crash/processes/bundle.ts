import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "rolldown";

/** A program in one file. */
export interface Bundle extends AsyncDisposable {
  readonly path: string;
}

/**
 * Puts a program and everything that it imports into one file: it starts five times as fast, and a series of runs plays the
 * sources that it began with, whatever is edited meanwhile.
 */
export async function bundle(program: string): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), "concord-crash-program-"));
  await build({
    input: program,
    platform: "node",
    resolve: { conditionNames: ["@concord/source", "node"] },
    plugins: [keepPlaces],
    output: { dir: folder, format: "esm", codeSplitting: false, entryFileNames: "program.mjs" },
    logLevel: "warn",
  });
  return {
    path: join(folder, "program.mjs"),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Modules find files, such as migrations, by the place where they were written. */
const keepPlaces: Plugin = {
  name: "keep-places",
  transform: {
    filter: { code: "import.meta." },
    handler: (code, id) =>
      code
        .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href))
        .replaceAll("import.meta.dirname", JSON.stringify(join(id, ".."))),
  },
};
