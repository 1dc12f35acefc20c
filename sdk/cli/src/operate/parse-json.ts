import type { JsonValue } from "@bufbuild/protobuf";
import { CommandError, exitCodes } from "../command-error.ts";

/**
 * Parses JSON that a user wrote.
 * @throws {CommandError} with line and column of the fault.
 */
export function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    const position = Number(/at position (\d+)/.exec(message)?.[1] ?? (/end of JSON/i.test(message) ? text.length : 0));
    const before = text.slice(0, position).split("\n");
    const place = `line ${before.length}, column ${before.at(-1)!.length + 1}`;
    const near = text.slice(position, position + 12).trim();
    throw new CommandError(
      exitCodes.wrongUse,
      `the data is no JSON at ${place}${near ? `, before ${near}` : ": it ends there"}`,
      {
        cause: error,
      },
    );
  }
}
