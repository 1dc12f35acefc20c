import type { CommandContext, CommandInput } from "../command-context.ts";

/** Prints a result: as JSON of a stable shape, one value on each line, or as lines for people. */
export function print(
  { write }: CommandContext,
  { format }: CommandInput["options"],
  value: unknown,
  toLines: () => readonly string[],
): void {
  if (format === "json") write(`${toJson(value)}\n`);
  else
    write(
      toLines()
        .map((line) => `${line}\n`)
        .join(""),
    );
}

/** Writes JSON on one line; integers that JSON cannot hold become strings, as in ProtoJSON. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? String(each) : each));
}

/** Lays rows out in columns. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (known, row) => row.map((cell, column) => Math.max(known[column] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
}

/** Writes a number of things, in the plural but for one. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
