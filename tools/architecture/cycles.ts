import { importedPath, isTest, type SourceFile } from "./source-tree.ts";

/** Names each cycle of files that import each other, also where only types are imported. */
export function fileCycles(sources: readonly SourceFile[]): string[] {
  return cycles(edgesOf(sources));
}

/**
 * Names each cycle of folders that stand beside each other. A folder and the folders in it are one unit seen from
 * outside, so an import between them is no cycle of folders.
 */
export function folderCycles(sources: readonly SourceFile[]): string[] {
  const edges = edgesOf(sources).flatMap(([from, to]) => {
    const [left, right] = [from.split("/"), to.split("/")];
    const at = left.findIndex((part, index) => part !== right[index]);
    const areFolders = at < left.length - 1 && at < right.length - 1;
    return areFolders ? [[left.slice(0, at + 1).join("/"), right.slice(0, at + 1).join("/")] as const] : [];
  });
  return cycles(edges);
}

type Edge = readonly [from: string, to: string];

function edgesOf(sources: readonly SourceFile[]): Edge[] {
  return sources
    .filter((source) => !isTest(source))
    .flatMap((source) =>
      source.imports.flatMap((each): Edge[] => {
        const path = importedPath(source, each);
        return path === undefined || path === source.path ? [] : [[source.path, path]];
      }),
    );
}

function cycles(edges: readonly Edge[]): string[] {
  const targets = new Map<string, Set<string>>();
  for (const [from, to] of edges) targets.set(from, (targets.get(from) ?? new Set()).add(to));
  const found: string[] = [];
  const finished = new Set<string>();
  const visit = (node: string, path: readonly string[]) => {
    const at = path.indexOf(node);
    if (at >= 0) return void found.push([...path.slice(at), node].join(" -> "));
    if (finished.has(node)) return;
    for (const next of targets.get(node) ?? []) visit(next, [...path, node]);
    finished.add(node);
  };
  for (const node of targets.keys()) visit(node, []);
  return found;
}
