import type { JsonValue } from "@bufbuild/protobuf";
import { CommandError, exitCodes } from "../command-error.ts";
import { placeIn, scanJson } from "./scan-json.ts";

/**
 * Parses JSON that a user wrote.
 * @throws {CommandError} with line, column and field of the fault: the runtime's own message has no place for most faults.
 */
export function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { end, endPath } = scanJson(text);
    const field = endPath && `, in ${endPath}`;
    const near = text.slice(end, end + 12).split(/\s/, 1)[0];
    const where = near ? `, before ${near}` : ": it ends there";
    const message = `the data is no JSON at ${placeIn(text, end)}${field}${where}`;
    throw new CommandError(exitCodes.wrongUse, message, { cause });
  }
}
