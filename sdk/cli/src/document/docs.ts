import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { CommandRun } from "../command-context.ts";
import { CommandError, exitCodes } from "../command-error.ts";
import { print } from "../operate/print.ts";
import { readSystem, type SystemContracts, toSystem } from "../system/system-contracts.ts";
import { createAsyncApi } from "./async-api.ts";
import { printPage } from "./page.ts";

/** Writes the documents of all services into a folder, or tells whether those there are up to date. */
export const run: CommandRun = async ({ options }, context) => {
  const folder = resolve(context.cwd, String(options.out));
  const system = choosePackages(await readSystem(context), options.package);
  const documents = printDocuments(system);
  const stale = await compare(folder, documents);
  if (!options.check) await writeDocuments(folder, documents, stale);
  const verb = options.check ? "is not up to date" : "is written";
  print(context, options, { folder: String(options.out), files: [...documents.keys()], stale }, () =>
    stale.length === 0 ? [`${documents.size} files are up to date`] : stale.map((name) => `${name} ${verb}`),
  );
  return options.check && stale.length > 0 ? exitCodes.found : exitCodes.fine;
};

/** The texts of all documents by their file names. */
export function printDocuments(system: SystemContracts): ReadonlyMap<string, string> {
  const services = system.services.map((service) => {
    const document = createAsyncApi(system, service);
    return [`${service.name}.asyncapi.json`, `${JSON.stringify(document, undefined, 2)}\n`] as const;
  });
  return new Map([...services, ["index.html", printPage(system)]]);
}

function choosePackages(system: SystemContracts, prefix: string | boolean | undefined): SystemContracts {
  if (typeof prefix !== "string") return system;
  const isChosen = (name: string) => name === prefix || name.startsWith(`${prefix}.`);
  const chosen = toSystem(system.registry, isChosen);
  if (chosen.services.length > 0) return chosen;
  throw new CommandError(exitCodes.wrongUse, `no service is in package "${prefix}"`);
}

/** Names of the files that are missing, differ, or belong to a service that is no more. */
async function compare(folder: string, documents: ReadonlyMap<string, string>): Promise<string[]> {
  const present = await readdir(folder).catch(() => []);
  const surplus = present.filter((name) => name.endsWith(".asyncapi.json") && !documents.has(name));
  const differing = await Promise.all(
    [...documents].map(async ([name, text]) => {
      const old = await readFile(join(folder, name), "utf8").catch(() => undefined);
      return old === text ? [] : [name];
    }),
  );
  return [...differing.flat(), ...surplus];
}

async function writeDocuments(
  folder: string,
  documents: ReadonlyMap<string, string>,
  stale: readonly string[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of stale) {
    const text = documents.get(name);
    await (text === undefined ? rm(join(folder, name)) : writeFile(join(folder, name), text));
  }
}
