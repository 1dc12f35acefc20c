import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { suiteFolder } from "../load-run.ts";
import { loadSuites } from "../suite/suites.ts";
import { isCaught, readPlantTable, rowName, writePlantTable } from "./plant-table.ts";

describe("the table of planted faults", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "plant-table-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("keeps the rows of faults that were not planted this time, and drops those that no case names", async () => {
    const path = join(folder, "page.md");
    const old = ["| kept | A2 | 1 - 2 |", "| replaced | A1 | **not caught** |", "| nobodys | A3 | 1 - 2 |"].join("\n");
    await writeFile(path, `before\n<!-- faults -->\n${old}\n<!-- /faults -->\nafter\n`);
    const rows = [{ fault: "replaced", caseId: "A1", verdict: "one - none" }];
    await writePlantTable(path, rows, new Set(["kept A2", "replaced A1"]));
    const page = await readFile(path, "utf8");
    expect(readPlantTable(page)).toEqual([...rows, { fault: "kept", caseId: "A2", verdict: "1 - 2" }]);
    expect(page).toMatch(/^before\n.*2 of 2 planted faults caught\n<!-- \/faults -->\nafter\n$/s);
  });

  it("counts what was not caught", async () => {
    const path = join(folder, "missed.md");
    await writeFile(path, "<!-- faults -->\n<!-- /faults -->");
    const rows = [{ fault: "missed", caseId: "A1", verdict: "**not caught**: it did not start" }];
    expect((await writePlantTable(path, rows, new Set(["missed A1"]))).filter(isCaught)).toEqual([]);
    expect(await readFile(path, "utf8")).toContain("0 of 1 planted faults caught");
  });

  const loading = suiteFolder().then((found) => loadSuites(join(found, "suites")));

  it("of the README has each fault before each case that names it, and every one was caught", async () => {
    const cases = await loading;
    const due = cases.flatMap(({ definition: { id, faults } }) =>
      faults.map((fault) => rowName({ fault, caseId: id })),
    );
    const rows = readPlantTable(await readFile(join(await suiteFolder(), "README.md"), "utf8"));
    expect(rows.filter((row) => !isCaught(row))).toEqual([]);
    expect(rows.map(rowName).sort()).toEqual([...new Set(due)].sort());
    expect(rows.length).toBeGreaterThanOrEqual(55);
  });

  it("has a fault for every rule of RPC", async () => {
    const cases = await loading;
    const rules = cases.filter(({ level }) => level === "R").map(({ definition }) => definition);
    const proven = new Set(rules.filter(({ faults }) => faults.length > 0).map(({ id }) => id));
    expect(rules.map(({ id }) => id).filter((id) => !proven.has(id))).toEqual([]);
  });
});
