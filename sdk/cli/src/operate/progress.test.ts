import { expect, it } from "vitest";
import { createProgress } from "./progress.ts";

function record(isTerminal: boolean) {
  const errors: string[] = [];
  const output: string[] = [];
  let nowMs = 0;
  const context = {
    cwd: ".",
    isTerminal,
    now: () => nowMs,
    write: (text: string) => output.push(text),
    writeError: (text: string) => errors.push(text),
  };
  const pass = (milliseconds: number) => {
    nowMs += milliseconds;
  };
  return { progress: createProgress("replayed", context), errors, output, pass };
}

it("tells a person how far long work is and how fast it goes, five times a second at most", () => {
  const { progress, errors, output, pass } = record(true);
  for (let count = 1; count <= 100; count++) {
    pass(10);
    progress.tell(count);
  }
  progress.end();
  expect(errors).toEqual(
    [20, 40, 60, 80, 100].map((count) => `\r\u001B[Kreplayed ${count} (100/s)`).concat("\r\u001B[K"),
  );
  expect(output).toEqual([]);
});

it("says nothing to programs, and nothing of work that was done at once", () => {
  const program = record(false);
  program.pass(10_000);
  program.progress.tell(1_000);
  program.progress.end();
  const short = record(true);
  short.progress.tell(1);
  short.progress.end();
  expect([program.errors, short.errors]).toEqual([[], []]);
});
