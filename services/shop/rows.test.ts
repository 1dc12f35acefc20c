import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const page = readFileSync(new URL("README.md", import.meta.url), "utf8");
const rows = [...page.matchAll(/^\| (?<ids>[^|]+) \| (?<what>[^|]+) \| `(?<file>[^`|]+)` \| (?<title>[^|]+) \|$/gm)];

it("names tests that exist for what the example systems promise and for what money does", () => {
  expect(rows.length).toBeGreaterThan(35);
  const missing = rows.filter(({ groups: { file = "", title = "" } = {} }) => {
    const text = readFileSync(new URL(file, root), "utf8");
    return !text.includes(`"${title}"`);
  });
  expect(missing.map(({ groups }) => [groups?.file, groups?.title])).toEqual([]);
});

it("leaves out no row of users, orders and payments", () => {
  const named = new Set(rows.flatMap(({ groups: { ids = "" } = {} }) => ids.split(", ")));
  const count = (letter: string, from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => `${letter}${from + index}`);
  const wanted = [...count("C", 1, 8), ...count("C", 17, 19), ...count("S", 1, 14), ...count("N", 1, 6)];
  expect(wanted.filter((row) => !named.has(row))).toEqual([]);
});
