import type { Import } from "./read-imports.ts";
import { importedPackage, importedPath, isTest, type SourceFile } from "./source-tree.ts";

/** What the sources of one folder may import besides each other. */
export interface Boundary {
  /** The folder; `services/*` stands for each folder in it. The first row that fits a file counts. */
  readonly folder: string;
  /** Folders and files, from the root; `…/*` stands for each folder in it. */
  readonly folders?: readonly string[];
  /** Folders that may only be imported by `import()`, so that they load when they are used. */
  readonly lazyFolders?: readonly string[];
  /**
   * Packages, or beginnings of their subpaths such as `@concord/gen/concord/`. `*` stands for all of
   * them, `node:*` for those of Node; `node:sqlite` is a driver and always asks for a row of its own.
   */
  readonly packages: readonly string[];
}

/** Names each import that crosses a boundary, and each source that no row speaks about. Tests are not held to it. */
export function boundaryFaults(sources: readonly SourceFile[], boundaries: readonly Boundary[]): string[] {
  return sources.filter((source) => !isTest(source)).flatMap((source) => faultsOf(source, boundaries));
}

function faultsOf(source: SourceFile, boundaries: readonly Boundary[]): string[] {
  for (const boundary of boundaries) {
    const home = match(boundary.folder, source.path);
    if (home === undefined) continue;
    return source.imports
      .filter((each) => !allowed(source, each, home, boundary))
      .map(({ specifier, line }) => `${source.path}:${line} imports "${specifier}"; ${explain(boundary)}`);
  }
  return [`${source.path} belongs to no folder of the boundary table`];
}

function allowed(source: SourceFile, each: Import, home: string, boundary: Boundary): boolean {
  const path = importedPath(source, each);
  if (path === undefined) return boundary.packages.some((name) => packageFits(name, each));
  const folders = [home, ...(boundary.folders ?? []), ...(each.dynamic ? (boundary.lazyFolders ?? []) : [])];
  return folders.some((folder) => match(folder, path) !== undefined);
}

function packageFits(name: string, each: Import): boolean {
  if (name === "*") return each.specifier !== "node:sqlite";
  if (name === "node:*") return each.specifier.startsWith("node:") && each.specifier !== "node:sqlite";
  return name.endsWith("/") ? each.specifier.startsWith(name) : name === importedPackage(each);
}

/** The folder or file that a pattern names on the way to a path; undefined when the path lies elsewhere. */
function match(pattern: string, path: string): string | undefined {
  const depth = pattern.split("/").length;
  const candidate = path.split("/").slice(0, depth).join("/");
  const fits = pattern.endsWith("/*")
    ? candidate.startsWith(pattern.slice(0, -1)) && path !== candidate
    : candidate === pattern;
  return fits ? candidate : undefined;
}

function explain({ folder, folders = [], lazyFolders = [], packages }: Boundary): string {
  const lazily = lazyFolders.map((each) => `${each} by import()`);
  return `${folder} may import ${[...folders, ...lazily, ...packages].join(", ") || "nothing else"}`;
}
