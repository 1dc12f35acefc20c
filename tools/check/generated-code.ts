import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { generate } from "../gen.ts";
import { cacheFolder } from "../servers/cache-folder.ts";

const root = join(import.meta.dirname, "..", "..");

/** Generates the code of all contracts anew and names each file of `gen/` that differs. The tree is not touched. */
export async function checkGeneratedCode(): Promise<string[]> {
  await mkdir(cacheFolder, { recursive: true });
  const folder = await mkdtemp(join(cacheFolder, "gen-"));
  try {
    await generate(folder);
    const faults = await differences(join(root, "gen"), join(folder, "gen"));
    return faults.length > 0 ? [...faults, 'run "npm run gen" and commit what it writes'] : [];
  } catch (error) {
    return [(error as Error).message];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Names each file that only one of two folders has, or that differs between them. */
export async function differences(committed: string, generated: string): Promise<string[]> {
  const [old, fresh] = await Promise.all([filesIn(committed), filesIn(generated)]);
  const names = [...new Set([...old, ...fresh])].sort();
  const faults = await Promise.all(
    names.map(async (name) => {
      if (!fresh.has(name)) return `gen/${name} comes from no contract`;
      if (!old.has(name)) return `gen/${name} is missing`;
      const [a, b] = await Promise.all([readFile(join(committed, name)), readFile(join(generated, name))]);
      return a.equals(b) ? undefined : `gen/${name} differs from what the contracts say`;
    }),
  );
  return faults.filter((fault) => fault !== undefined);
}

/** The build puts these beside the generated code, for the package; git ignores them. */
const addedByBuild = /^ts\/(proto\/|LICENSE$)/;

async function filesIn(folder: string): Promise<Set<string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const names = files.map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
  return new Set(names.filter((name) => !addedByBuild.test(name)));
}
