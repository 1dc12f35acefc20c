import { basename } from "node:path";
import type { SourceFile } from "./source-tree.ts";

/** Names that say nothing about what is inside. */
const forbidden = new Set(["utils", "util", "helpers", "helper", "common", "types", "impl", "misc"]);

/** Names each file or folder whose name says nothing. `proto/shop/common` is a contract package, not a source folder. */
export function emptyNames(paths: readonly string[]): string[] {
  return paths.filter(
    (path) => !path.startsWith("proto/") && path.split("/").some((part) => forbidden.has(part.split(".")[0] ?? "")),
  );
}

/** How many lines a source may have before an ADR must say why. */
export const maxLines = 400;

/** Names each source that is too long, unless one of the decision records names the file. */
export function longFiles(sources: readonly SourceFile[], records: readonly string[]): string[] {
  return sources
    .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ path, lines }) => lines > maxLines && !records.some((record) => record.includes(path)))
    .map(({ path, lines }) => `${path} has ${lines} lines`);
}

/** Names each folder directly in one of the parents, and each parent, that has no README.md. */
export function foldersWithoutReadme(paths: readonly string[], parents: readonly string[]): string[] {
  const all = new Set(paths);
  const folders = parents.flatMap((parent) => {
    const inside = paths.filter((path) => path.startsWith(`${parent}/`)).map((path) => path.split("/"));
    const depth = parent.split("/").length;
    return inside.filter((parts) => parts.length > depth + 1).map((parts) => parts.slice(0, depth + 1).join("/"));
  });
  return [...new Set(folders)].filter((folder) => basename(folder) !== "src" && !all.has(`${folder}/README.md`));
}
