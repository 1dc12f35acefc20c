import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { mutations, probePoints } from "./probe.ts";

const root = join(import.meta.dirname, "..");

function sources(): string {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" });
  const product = files.filter((file) => file.endsWith(".ts") && !file.includes("test") && !file.endsWith("probe.ts"));
  return product.map((file) => readFileSync(join(root, file), "utf8")).join("\n");
}

it("has every crash point somewhere in the code", () => {
  const text = sources();
  expect(probePoints.filter((point) => !text.includes(`"${point}"`))).toEqual([]);
});

it("has every removable safeguard somewhere in the code", () => {
  const text = sources();
  expect(mutations.filter((mutation) => !text.includes(`"${mutation}"`))).toEqual([]);
});
