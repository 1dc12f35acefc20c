import type { JsonValue } from "@bufbuild/protobuf";
import { CommandError, exitCodes } from "../command-error.ts";

/**
 * Parses JSON that a user wrote.
 * @throws {CommandError} with line and column of the fault: the runtime's own message has no place for most faults.
 */
export function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const position = findFault(text);
    const before = text.slice(0, position).split("\n");
    const place = `line ${before.length}, column ${before.at(-1)!.length + 1}`;
    const near = text.slice(position, position + 12).split(/\s/, 1)[0];
    const where = near ? `, before ${near}` : ": it ends there";
    throw new CommandError(exitCodes.wrongUse, `the data is no JSON at ${place}${where}`, { cause });
  }
}

const scalar =
  /(?:"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/uy;

/** The position of the first character that no JSON goes on with. */
function findFault(text: string): number {
  let at = 0;
  const space = () => {
    while (/\s/.test(text[at] ?? "")) at++;
  };
  const token = (expected: string): boolean => {
    space();
    if (text[at] !== expected) return false;
    at++;
    return true;
  };
  const scalarHere = (): boolean => {
    space();
    scalar.lastIndex = at;
    const found = scalar.exec(text);
    if (found) at = scalar.lastIndex;
    return found !== null;
  };
  const member = (): boolean => {
    space();
    return text[at] === '"' && scalarHere() && token(":") && value();
  };
  const listOf = (item: () => boolean, end: string): boolean => {
    if (token(end)) return true;
    do {
      if (!item()) return false;
    } while (token(","));
    return token(end);
  };
  const value = (): boolean => {
    if (token("{")) return listOf(member, "}");
    return token("[") ? listOf(value, "]") : scalarHere();
  };
  value();
  space();
  return at;
}
