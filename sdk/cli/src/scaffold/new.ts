import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import type { CommandContext, CommandInput, CommandRun } from "../command-context.ts";
import { CommandError, exitCodes } from "../command-error.ts";
import { print } from "../operate/print.ts";

const root = join(import.meta.dirname, "..", "..");
const templates = join(root, "template");

/** Writes a service that runs as it is: contract, code, table and test. All of it or nothing. */
export const run: CommandRun = async ({ arguments: [name = ""], options }, context) => {
  checkName(name);
  const folder = join(context.cwd, name);
  if (existsSync(folder))
    throw new CommandError(exitCodes.wrongUse, `there is a folder ${name} already; give another name`);
  const words = { ...wordsOf(name), ...(await packagesOf(options, context)) };
  const unfinished = `${folder}.new`;
  try {
    const files = await writeAll(unfinished, words);
    await rename(unfinished, folder);
    const next = [`cd ${name}`, "npm install", "npm run generate", "npm test", "npm start"];
    print(context, options, { folder: name, files, next }, () => [
      ...files.map((file) => `${name}/${file}`),
      "",
      "Next:",
      ...next.map((line) => `  ${line}`),
    ]);
    return exitCodes.fine;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
};

/** What stands for `@word@` in templates. */
type Words = Readonly<Record<string, string>>;

function checkName(name: string): void {
  if (/^[a-z][a-z0-9-]{0,30}[a-z0-9]$/.test(name) && !name.includes("--")) return;
  throw new CommandError(
    exitCodes.wrongUse,
    `"${name}" is no service name: use a-z, 0-9 and -, start with a letter, 2 to 32 of them`,
  );
}

function wordsOf(name: string): Words {
  const parts = name.split("-");
  const pascal = parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("");
  return { name, package: parts.join("_"), Pascal: pascal, camel: pascal.charAt(0).toLowerCase() + pascal.slice(1) };
}

/** Where the project gets Concord's packages from. */
async function packagesOf({ packages }: CommandInput["options"], { cwd }: CommandContext): Promise<Words> {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  const find = (name: string) => {
    if (typeof packages !== "string") return version;
    const archive = resolve(cwd, packages, `concord-${name}-${version}.tgz`);
    if (existsSync(archive)) return `file:${archive}`;
    throw new CommandError(exitCodes.wrongUse, `there is no ${archive}; pack it with "npm pack"`);
  };
  return { sdk: find("sdk"), gen: find("gen"), cli: find("cli") };
}

async function writeAll(folder: string, words: Words): Promise<string[]> {
  const entries = await readdir(templates, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(templates, join(entry.parentPath, entry.name)));
  const written = await Promise.all(
    names.sort().map(async (name) => {
      const target = targetOf(name, words);
      const text = await readFile(join(templates, name), "utf8");
      await mkdir(dirname(join(folder, target)), { recursive: true });
      await writeFile(join(folder, target), fill(text, words));
      return target;
    }),
  );
  return written;
}

/** A file named `.gitignore` or `package.json` would not get into the package as it is. */
function targetOf(template: string, { package: name }: Words): string {
  const path = template
    .split("\\")
    .join("/")
    .replace(/\.template$/, "");
  if (path === "gitignore") return ".gitignore";
  return path.replace(/^proto\/contract\.proto$/, `proto/${name}/v1/${name}.proto`);
}

function fill(text: string, words: Words): string {
  return text.replaceAll(/@(name|package|Pascal|camel|sdk|gen|cli)@/g, (_, word: string) => words[word]!);
}
