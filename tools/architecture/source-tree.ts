import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { type Import, readImports } from "./read-imports.ts";

/** A source file and what it imports; paths are relative to the repository's root, with `/`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/** The repository's root. */
export const root = join(import.meta.dirname, "..", "..");

/** The paths of all files that are committed or would be, without generated code and copies of others' files. */
export function ownFiles(): string[] {
  // A checkout may belong to another user than the one who checks it, such as in a container.
  const args = ["-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const listed = execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 64 << 20 }).split("\0");
  return listed.filter((path) => path !== "" && !/^(gen|third_party)\//.test(path) && existsSync(join(root, path)));
}

/** Reads a source file from its text. */
export function sourceFile(path: string, text: string): SourceFile {
  return { path, text, imports: readImports(text) };
}

/** Reads the TypeScript and JavaScript sources among the paths. */
export function readSources(paths: readonly string[]): SourceFile[] {
  const sources = paths.filter((path) => /\.(ts|tsx|mjs|js)$/.test(path) && !path.endsWith(".d.ts"));
  return sources.map((path) => sourceFile(path, readFileSync(join(root, path), "utf8")));
}

/** Whether a file is a test: those may reach for whatever they test with. */
export function isTest({ path }: SourceFile): boolean {
  return /\.(test|bench)\.ts$/.test(path);
}

/** The path that a relative import names; undefined for a package. */
export function importedPath(from: SourceFile, { specifier }: Import): string | undefined {
  return specifier.startsWith(".") ? posix.join(dirname(from.path), specifier) : undefined;
}

/** The package that an import names, `@scope/name` or `name` or `node:name`; undefined for a relative one. */
export function importedPackage({ specifier }: Import): string | undefined {
  if (specifier.startsWith(".")) return undefined;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
