#!/usr/bin/env node
import { runConcord } from "./concord.ts";

process.exitCode = await runConcord(process.argv.slice(2), {
  cwd: process.cwd(),
  now: Date.now,
  write: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
});
