import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { catalogue } from "../rules/catalogue.ts";

const root = join(import.meta.dirname, "..", "..", "..", "..");
const fixtures = join(root, "sdk", "cli", "fixtures");
const cases = await readdir(fixtures);

const allRules = `lint: {use: [CONCORD, CONCORD_WARNINGS]}
breaking: {use: [CONCORD, CONCORD_WARNINGS]}`;
const bufYaml = (settings: string) => `version: v2
modules:
  - path: contracts
  - path: imports
${settings}
plugins:
  - plugin: [${[process.execPath, "--conditions=@concord/source", join(root, "sdk/cli/src/plugin/main.ts")].map((part) => JSON.stringify(part)).join(", ")}]
`;

/** What buf prints for all fixtures, by the name of the fixture. One run judges all: each fixture is a package. */
let printed: ReadonlyMap<string, readonly string[]>;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "concord-fixtures-"));
  try {
    for (const side of ["before", "after"]) await writeWorkspace(join(folder, side), side);
    const [lint, breaking] = await Promise.all([
      runBuf(join(folder, "after"), ["lint"]),
      runBuf(join(folder, "after"), ["breaking", "--against", join(folder, "before")]),
    ]);
    printed = Map.groupBy(
      [...lint, ...breaking].toSorted(),
      (line) => /^contracts\/cases\/(\w+)/.exec(line)?.[1] ?? "",
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}, 300_000);

async function writeWorkspace(folder: string, side: string, names = cases, settings = allRules): Promise<void> {
  for (const name of names) await cp(join(fixtures, name, side), join(folder, "contracts"), { recursive: true });
  await cp(join(root, "proto", "concord", "event"), join(folder, "imports", "concord", "event"), { recursive: true });
  await cp(join(root, "third_party", "buf"), join(folder, "imports", "buf"), { recursive: true });
  await writeFile(join(folder, "buf.yaml"), bufYaml(settings));
}

/** Runs the real buf; its findings as `file:line:column RULE message`. */
async function runBuf(cwd: string, args: readonly string[]): Promise<string[]> {
  const output = await new Promise<string>((resolve, reject) => {
    const program = join(root, "node_modules", ".bin", "buf");
    execFile(program, [...args, "--error-format=json"], { cwd, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      // 100: buf found something.
      if (error && error.code !== 100) reject(new Error(stderr));
      else resolve(stdout);
    });
  });
  return output.split("\n").filter(Boolean).map(toLine);
}

function toLine(text: string): string {
  const { path, start_line, start_column, type, message } = JSON.parse(text);
  return `${path ?? "no file"}:${start_line ?? 0}:${start_column ?? 0} ${type} ${message}`;
}

describe("buf says of each fixture exactly what is expected", () => {
  test.each(cases)("%s", async (name) => {
    const lines = printed.get(name) ?? [];
    const text = lines.map((line) => `${line.replace(/^contracts\/cases\/\w+\/v1\//, "")}\n`).join("");
    await expect(text || "nothing\n").toMatchFileSnapshot(join(fixtures, name, "expected.txt"));
  });

  test("and nothing outside of fixtures", () => {
    expect(printed.get("") ?? []).toEqual([]);
  });

  test("and each rule is broken by one of them", () => {
    const broken = new Set([...printed.values()].flat().map((line) => line.split(" ")[1]));
    expect([...broken].sort()).toEqual(catalogue.map(({ id }) => id));
  });
});

describe("buf runs the rules that its own settings choose", () => {
  const names = ["lint_no_comment", "lint_money_float", "lint_key_missing_field"];
  const file = "contracts/cases/lint_money_float/v1/contract.proto";

  async function rulesFound(settings: string): Promise<string[]> {
    const folder = await mkdtemp(join(tmpdir(), "concord-selection-"));
    try {
      await writeWorkspace(folder, "after", names, settings);
      const lines = await runBuf(folder, ["lint"]);
      return [...new Set(lines.map((line) => line.split(" ")[1]!))].sort();
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  test.each([
    ["use of one rule", "lint: {use: [EVENT_COMMENT]}", ["EVENT_COMMENT"]],
    ["use of errors, except one", "lint: {use: [CONCORD], except: [EVENT_KEY_FIELD]}", ["MONEY_NOT_FLOAT"]],
    [
      "ignore_only of one rule and file",
      `lint: {use: [CONCORD, CONCORD_WARNINGS], ignore_only: {MONEY_NOT_FLOAT: [${file}]}}`,
      ["EVENT_COMMENT", "EVENT_KEY_FIELD"],
    ],
  ])("%s", { timeout: 120_000 }, async (_, settings, rules) => {
    expect(await rulesFound(settings)).toEqual(rules);
  });
});
