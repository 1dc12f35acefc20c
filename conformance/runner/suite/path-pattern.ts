/**
 * Tells whether a case's path fits a pattern over `level/group/id/axis=value/...`: `*` stands for one part or a piece
 * of one, `**` for any number of parts. A pattern of fewer parts than the path must end in `**`.
 */
export function matchesPath(pattern: string, path: string): boolean {
  return fits(pattern.split("/"), path.split("/"));
}

function fits(pattern: readonly string[], path: readonly string[]): boolean {
  const [head, ...rest] = pattern;
  if (head === undefined) return path.length === 0;
  if (head === "**") return fits(rest, path) || (path.length > 0 && fits(pattern, path.slice(1)));
  return path.length > 0 && matchesGlob(head, path[0]!) && fits(rest, path.slice(1));
}

/** Tells whether a text fits a pattern in which `*` stands for any characters. */
export function matchesGlob(pattern: string, text: string): boolean {
  const source = pattern.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${source.join(".*")}$`).test(text);
}

/** Tells whether a case is meant by what stands behind `--case`: its id, its id and slug, or a pattern of its path. */
export function isSelected(wanted: string, { path, id, slug }: { path: string; id: string; slug: string }): boolean {
  return matchesGlob(wanted, id) || matchesGlob(wanted, `${id}-${slug}`) || matchesPath(wanted, path);
}
