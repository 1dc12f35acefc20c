import type { SourceFile } from "./source-tree.ts";

const declaration =
  /^export (?:default )?(?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|var|class|interface|type|enum) +([\w$]+)/;

/** Names each export without a docstring directly above it. An overload is covered by the docstring of the first. */
export function undocumentedExports({ path, text }: SourceFile): string[] {
  const lines = text.split("\n");
  const faults: string[] = [];
  let previous: string | undefined;
  for (const [index, line] of lines.entries()) {
    const name = declaration.exec(line)?.[1];
    if (name === undefined) continue;
    if (name !== previous && !hasDocstring(lines, index)) faults.push(`${path}:${index + 1} ${name}`);
    previous = name;
  }
  return faults;
}

function hasDocstring(lines: readonly string[], index: number): boolean {
  let end = index - 1;
  // Between the docstring and its export only an instruction to a tool may stand.
  while (lines[end]?.startsWith("// biome-ignore")) end--;
  if (!lines[end]?.trimEnd().endsWith("*/")) return false;
  let start = end;
  while (start > 0 && !lines[start]?.trimStart().startsWith("/*")) start--;
  return lines[start]?.trimStart().startsWith("/**") ?? false;
}
