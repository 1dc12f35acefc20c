/** Writes `($1, $2), ($3, $4)` for so many rows of so many columns. */
export function placeholders(rows: number, columns: number): string {
  const row = (first: number) => Array.from({ length: columns }, (_, column) => `$${first + column}`).join(", ");
  return Array.from({ length: rows }, (_, index) => `(${row(index * columns + 1)})`).join(", ");
}
