import { createHash } from "node:crypto";

/** Names kept, so that a program that writes values into its SQL does not fill the server's memory. */
const maxNames = 1_000;
/** The same for the statements of a service, which nobody here has written. */
const maxServiceNames = 100;

/**
 * Names statements, so that PostgreSQL parses and plans each once per connection. The name is made of the text: two programs
 * on one connection of a pooler cannot mean different statements by it.
 * @returns undefined when there are too many.
 */
export function createStatementNames(most: number = maxNames): (text: string) => string | undefined {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined || names.size >= most) return known;
    const name = `concord_${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
    names.set(text, name);
    return name;
  };
}

/**
 * Names the writes of a service that give no rows. Reads are not: where a migration changes the columns that a prepared one
 * gives, PostgreSQL refuses to run it on connections that are older.
 */
export function createWriteNames(): (text: string) => string | undefined {
  const nameOf = createStatementNames(maxServiceNames);
  return (text) => (isPlainWrite(text) ? nameOf(text) : undefined);
}

function isPlainWrite(text: string): boolean {
  return /^\s*(?:INSERT|UPDATE|DELETE|MERGE)\b/i.test(text) && !/\bRETURNING\b/i.test(text);
}
