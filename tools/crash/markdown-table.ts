/** The head of a Markdown table. */
export function table(heads: readonly string[]): string[] {
  return [row(heads), row(heads.map(() => "---"))];
}

/** One row of a Markdown table. */
export function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
