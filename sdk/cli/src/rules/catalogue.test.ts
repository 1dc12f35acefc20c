import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { catalogue } from "./catalogue.ts";

const pages = join(import.meta.dirname, "..", "..", "rules");

test("each rule has a page, and each page a rule", () => {
  expect(readdirSync(pages).sort()).toEqual(catalogue.map(({ id }) => `${id}.md`));
});

test.each(catalogue)(
  "the page of $id says what it finds, who breaks and what to do",
  ({ id, type, purpose, severity }) => {
    const page = readFileSync(join(pages, `${id}.md`), "utf8");
    const advice = type === "breaking" ? "How to change safely" : "What to do";
    const weight = severity === "error" ? "Error" : "Warning";
    expect(page.startsWith(`# ${id}\n\n${purpose} (${weight}, `)).toBe(true);
    for (const part of ["What it finds", "Who breaks", advice])
      expect(page).toMatch(new RegExp(`^\\*\\*${part}\\.\\*\\* \\S`, "m"));
  },
);

test("ids and purposes are what buf accepts", () => {
  for (const { id, purpose } of catalogue) {
    expect(id).toMatch(/^[A-Z0-9][A-Z0-9_]{1,62}[A-Z0-9]$/);
    expect(purpose).toMatch(/^[A-Z].*\.$/);
  }
});
