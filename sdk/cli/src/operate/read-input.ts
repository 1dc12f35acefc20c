import { text } from "node:stream/consumers";

/** Reads all that another program writes to this one. */
export function readInput(): Promise<string> {
  return text(process.stdin);
}
