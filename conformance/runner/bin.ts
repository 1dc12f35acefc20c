#!/usr/bin/env node
// Older ones lack node:sqlite, and would say only that.
const neededMajor = 24;

if (Number(process.versions.node.split(".")[0]) < neededMajor) {
  console.error(`conformance: Node ${neededMajor} or newer is needed, this is ${process.version}`);
  process.exit(2);
}
await import("./main.ts");

export {};
