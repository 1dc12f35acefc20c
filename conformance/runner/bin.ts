#!/usr/bin/env node
import { homedir } from "node:os";
import { join } from "node:path";

// Older ones lack node:sqlite, and would say only that.
const neededMajor = 24;

if (Number(process.versions.node.split(".")[0]) < neededMajor) {
  console.error(`conformance: Node ${neededMajor} or newer is needed, this is ${process.version}`);
  process.exit(2);
}
// The package's own folder is npm's, and may be gone tomorrow.
process.env.CONCORD_CACHE ??= join(homedir(), ".cache", "concord");
await import("./main.ts");
