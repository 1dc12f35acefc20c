import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { compareCode } from "./document-code.ts";
import { differences } from "./generated-code.ts";
import { placesIn } from "./places.ts";

const fence = "```";

describe("code in documents", () => {
  const source = "const a = 1;\n  // #region inner\n  const b = 2;\n    const c = 3;\n  // #endregion inner\n";
  const read = (path: string) => (path === "a.ts" ? source : undefined);
  const markdown = (marker: string, code: string) => `# Title\n\n${marker}\n${fence}ts\n${code}${fence}\n\nText.\n`;

  it("is right when it equals its file or its region", () => {
    expect(compareCode("README.md", markdown("<!-- from a.ts -->", source), read).faults).toEqual([]);
    const region = markdown("<!-- from a.ts#inner -->", "const b = 2;\n  const c = 3;\n");
    expect(compareCode("README.md", region, read).faults).toEqual([]);
  });

  it("is a fault when it differs, and can be made equal", () => {
    const { faults, fixed } = compareCode("README.md", markdown("<!-- from a.ts#inner -->", "const b = $1;\n"), read);
    expect(faults).toEqual(['README.md:3 differs from a.ts; run "npm run check -- --fix"']);
    expect(fixed).toBe(markdown("<!-- from a.ts#inner -->", "const b = 2;\n  const c = 3;\n"));
  });

  it("is filled in where a block is still empty", () => {
    const { fixed } = compareCode("README.md", markdown("<!-- from a.ts -->", ""), read);
    expect(fixed).toBe(markdown("<!-- from a.ts -->", source));
  });

  it("is a fault when its file or region does not exist", () => {
    expect(compareCode("README.md", markdown("<!-- from b.ts -->", ""), read).faults).toHaveLength(1);
    expect(compareCode("README.md", markdown("<!-- from a.ts#outer -->", ""), read).faults).toHaveLength(1);
  });

  it("must name its program in the README, not elsewhere", () => {
    const unmarked = markdown("", "const a = 1;\n");
    expect(compareCode("README.md", unmarked, read).faults).toEqual([
      "README.md:4 has code that comes from no tested program",
    ]);
    expect(compareCode("docs/guide.md", unmarked, read).faults).toEqual([]);
  });
});

describe("generated code", () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  function folderWith(files: Record<string, string>): string {
    const folder = mkdtempSync(join(tmpdir(), "concord-check-"));
    folders.push(folder);
    mkdirSync(join(folder, "ts"));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return folder;
  }

  it("is the same when every file is", async () => {
    expect(await differences(folderWith({ "ts/a.js": "1" }), folderWith({ "ts/a.js": "1" }))).toEqual([]);
  });

  it("names what differs, what is missing and what is left over", async () => {
    const committed = folderWith({ "ts/a.js": "1", "ts/b.js": "1" });
    const generated = folderWith({ "ts/a.js": "2", "ts/c.js": "1" });
    expect(await differences(committed, generated)).toEqual([
      "gen/ts/a.js differs from what the contracts say",
      "gen/ts/b.js comes from no contract",
      "gen/ts/c.js is missing",
    ]);
  });
});

describe("addresses and paths", () => {
  it("names registries and folders of one machine", () => {
    const address = ["https:", "", "registry.npmjs.org", "pg"].join("/");
    expect(placesIn("a.md", `first\nsee ${address}`)).toEqual([`a.md:2 names ${address.slice(0, -3)}`]);
    expect(placesIn("a.ts", `read("${["", "home", "ada"].join("/")}")`)).toHaveLength(1);
    expect(placesIn("a.md", "see https://nats.io/download and /usr/lib/postgresql")).toEqual([]);
  });
});
