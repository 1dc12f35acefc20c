import { appendFileSync, existsSync, readFileSync } from "node:fs";

/** Counts runs of handlers in a file that all processes of a run append to: no transaction takes a count back. */
export function createCallCounts(file: string): { get(name: string): number; set(name: string, count: number): void } {
  return {
    get: (name) =>
      (existsSync(file) ? readFileSync(file, "utf8").split("\n") : []).filter((line) => line === name).length,
    set: (name) => appendFileSync(file, `${name}\n`),
  };
}
