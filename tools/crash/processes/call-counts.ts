import { appendFileSync, closeSync, openSync, readSync } from "node:fs";

/** Counts runs of handlers. */
export interface CallCounts {
  get(name: string): number;
  /** Notes one run more. */
  set(name: string, count: number): void;
}

/** Counts runs in a file that all processes of a run append to: no transaction takes a count back. */
export function createCallCounts(file: string): CallCounts {
  const counts = new Map<string, number>();
  const descriptor = openSync(file, "a+");
  process.once("exit", () => closeSync(descriptor));
  let readBytes = 0;
  let rest = "";

  return {
    get(name) {
      readOn();
      return counts.get(name) ?? 0;
    },
    set: (name) => appendFileSync(file, `${name}\n`),
  };

  /** Takes in what all processes have appended since. */
  function readOn(): void {
    const chunk = Buffer.alloc(65_536);
    for (let size = 1; size > 0; readBytes += size) {
      size = readSync(descriptor, chunk, 0, chunk.length, readBytes);
      const lines = (rest + chunk.toString("utf8", 0, size)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
    }
  }
}
