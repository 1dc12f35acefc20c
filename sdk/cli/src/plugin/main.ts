#!/usr/bin/env node
import { buffer } from "node:stream/consumers";
import { answer } from "./check-plugin.ts";

try {
  process.stdout.write(await answer(process.argv.slice(2), () => buffer(process.stdin)));
} catch (error) {
  console.error(`concord: ${(error as Error).message}`);
  process.exitCode = 1;
}
