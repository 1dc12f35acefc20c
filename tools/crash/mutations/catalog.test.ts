import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { prey } from "./catalog.ts";

const sources = join(import.meta.dirname, "../../../sdk/ts/src");

it.each(prey)("a test plants the fault $mutation itself", ({ mutation, test }) => {
  expect(existsSync(join(sources, test)), test).toBe(true);
  expect(readFileSync(join(sources, test), "utf8")).toContain(`"${mutation}"`);
});
