import { createHash } from "node:crypto";

/** Names kept, so that a program that writes values into its SQL does not fill the memory. */
const maxNames = 1_000;

/**
 * Names statements, so that PostgreSQL parses and plans each once per connection. The name is made of the text: two programs
 * on one connection of a pooler cannot mean different statements by it.
 * @returns undefined when there are too many.
 */
export function createStatementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined || names.size >= maxNames) return known;
    const name = `concord_${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
    names.set(text, name);
    return name;
  };
}
