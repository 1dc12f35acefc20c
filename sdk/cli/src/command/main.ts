#!/usr/bin/env node
const neededMajor = 24;

// Older ones lack node:sqlite, and would say only that.
if (Number(process.versions.node.split(".")[0]) < neededMajor) {
  console.error(`concord: Node ${neededMajor} or newer is needed, this is ${process.version}`);
  process.exit(2);
}
const { runConcord } = await import("./concord.ts");
const interrupted = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interrupted.abort());
// Who reads only the first lines, as `head` does, ends the command.
process.stdout.on("error", () => process.exit(0));
process.exitCode = await runConcord(process.argv.slice(2), {
  cwd: process.cwd(),
  now: Date.now,
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
  environment: process.env,
  isTerminal: process.stdout.isTTY === true && !process.env.NO_COLOR,
  signal: interrupted.signal,
});

export {};
