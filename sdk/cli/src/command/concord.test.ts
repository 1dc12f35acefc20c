import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runConcord } from "./concord.ts";

const root = join(import.meta.dirname, "..", "..", "..", "..");
const fixture = join(root, "sdk", "cli", "fixtures", "field_removed");
const dayMs = 86_400_000;
const released = Date.parse("2026-11-01T12:00:00Z");

let folder: string;

/** A workspace in git whose release v1.0.0 has a field that the working tree lacks. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "concord-command-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(join(root, "node_modules", ".bin"), join(folder, "node_modules", ".bin"));
  writeFileSync(join(folder, ".gitignore"), "node_modules\n");
  writeFileSync(join(folder, "buf.yaml"), "version: v2\nmodules: [{path: contracts}, {path: imports}]\n");
  cpSync(join(root, "proto", "concord", "event"), join(folder, "imports", "concord", "event"), { recursive: true });
  cpSync(join(root, "third_party", "buf"), join(folder, "imports", "buf"), { recursive: true });
  cpSync(join(fixture, "before"), join(folder, "contracts"), { recursive: true });
  git("init", "--quiet", "--initial-branch=main");
  git("add", ".");
  git("commit", "--quiet", "--message=Release");
  git("tag", "v1.0.0");
  cpSync(join(fixture, "after"), join(folder, "contracts"), { recursive: true });
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true }));

function git(...args: string[]): void {
  const author = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@example.com", GIT_AUTHOR_DATE: "2026-11-01T12:00:00Z" };
  const committer = { GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@example.com" };
  const env = { ...process.env, ...author, ...committer, GIT_COMMITTER_DATE: author.GIT_AUTHOR_DATE };
  execFileSync("git", args, { cwd: folder, env });
}

async function run(args: readonly string[], { cwd = folder, now = released + dayMs, isTerminal = false } = {}) {
  const output: string[] = [];
  const errors: string[] = [];
  const exitCode = await runConcord(args, {
    cwd,
    isTerminal,
    now: () => now,
    write: (text) => output.push(text),
    writeError: (text) => errors.push(text),
  });
  return { exitCode, output: output.join(""), errors: errors.join("") };
}

const slow = { timeout: 120_000 };

test(
  "a change that breaks a consumer is found against the last release, with its consumer and field",
  slow,
  async () => {
    const { exitCode, output } = await run(["breaking", "--format", "json"]);
    expect(exitCode).toBe(1);
    expect(JSON.parse(output)).toMatchObject({
      command: "breaking",
      against: [{ ref: "v1.0.0", reason: "a stream may hold its events: the longest retention is 7 days" }],
      findings: [
        {
          rule: "FIELD_REMOVED_EVENT",
          severity: "error",
          file: "contracts/cases/field_removed/v1/contract.proto",
          line: 19,
          consumers: ["reader"],
          fields: ["note"],
          against: ["v1.0.0"],
        },
      ],
      errors: 1,
      warnings: 0,
    });
  },
);

test("colours are for people at a terminal", slow, async () => {
  const colour = "\u001B[";
  expect((await run(["breaking"], { isTerminal: true })).output).toContain(`${colour}31merror${colour}39m`);
  for (const format of ["text", "json", "github"]) {
    expect((await run(["breaking", "--format", format])).output).not.toContain(colour);
  }
  expect((await run(["breaking", "--format", "json"], { isTerminal: true })).output).not.toContain(colour);
});

test("each rule can be explained by its name, in any case, and all are listed", async () => {
  const { exitCode, output } = await run(["explain", "field_removed_event", "--format", "json"]);
  expect(exitCode).toBe(0);
  const page = expect.stringContaining("**How to change safely.**");
  expect(JSON.parse(output)).toEqual({ rule: "FIELD_REMOVED_EVENT", type: "breaking", severity: "error", page });
  const { rules } = JSON.parse((await run(["explain", "--format", "json"])).output);
  expect(rules.length).toBeGreaterThanOrEqual(40);
  for (const { rule } of rules) expect((await run(["explain", rule])).output).toMatch(`# ${rule}\n`);
});

test("a finding is an annotation where it stands", slow, async () => {
  const { output } = await run(["breaking", "--against", "v1.0.0", "--format", "github"]);
  expect(output).toMatch(
    /^::error file=contracts\/cases\/field_removed\/v1\/contract\.proto,line=19,col=1,title=FIELD_REMOVED_EVENT::"note" of /,
  );
});

test("without a release the merge base is compared with, and it is said", slow, async () => {
  git("switch", "--quiet", "--create", "change");
  git("tag", "--delete", "v1.0.0");
  const { output } = await run(["breaking"]);
  git("switch", "--quiet", "main");
  git("tag", "v1.0.0");
  expect(output).toMatch(/^compared with [0-9a-f]{12}: there is no release tag; it is the merge base with main\n/);
  expect(output).toContain("FIELD_REMOVED_EVENT");
});

test("contracts without a fault are told so", slow, async () => {
  expect(await run(["lint"])).toEqual({ exitCode: 0, output: "nothing found\n", errors: "" });
});

test.each([
  ["an unknown ref", ["breaking", "--against", "v9"], 'git knows no commit "v9"'],
  ["an unknown format", ["lint", "--format", "xml"], "Allowed choices are text, json, github"],
  ["a misspelt rule", ["explain", "EVENT_KEY_SAM"], 'there is no rule "EVENT_KEY_SAM"; did you mean EVENT_KEY_SAME?'],
  ["an unknown command", ["brake"], "unknown command 'brake'"],
])("%s is wrong use", slow, async (_, args, words) => {
  const { exitCode, errors } = await run(args);
  expect(exitCode).toBe(2);
  expect(errors).toContain(words);
  expect(errors).not.toContain("    at ");
});

test("a folder that is in no repository is wrong use", slow, async () => {
  const { exitCode, errors } = await run(["breaking"], { cwd: tmpdir() });
  expect(exitCode).toBe(2);
  expect(errors).toContain("is in no git repository");
});

test("contracts that do not compile are wrong use, with the compiler's place", slow, async () => {
  const broken = mkdtempSync(join(tmpdir(), "concord-broken-"));
  cpSync(join(folder, "node_modules"), join(broken, "node_modules"), { recursive: true, verbatimSymlinks: true });
  writeFileSync(join(broken, "broken.proto"), 'syntax = "proto3";\nmessage Broken {\n  strin id = 1;\n}\n');
  const { exitCode, errors } = await run(["lint"], { cwd: broken });
  rmSync(broken, { recursive: true });
  expect(exitCode).toBe(2);
  expect(errors).toContain("broken.proto:3:3");
});
