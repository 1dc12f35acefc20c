import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { allCommands } from "./all-commands.ts";
import { runConcord } from "./concord.ts";

const slow = { timeout: 60_000 };

async function run(args: readonly string[], isTerminal = false) {
  const output: string[] = [];
  const context = { cwd: import.meta.dirname, now: Date.now, writeError: () => {}, isTerminal };
  const exitCode = await runConcord(args, { ...context, write: (text) => output.push(text) });
  return { exitCode, output: output.join("") };
}

describe("help", () => {
  test.each(allCommands.filter(({ passesOn }) => !passesOn).map((spec) => [spec.name, spec] as const))(
    "of %s has its example and its options",
    async (name, { example, options = [] }) => {
      const { exitCode, output } = await run([...name.split(" "), "--help"]);
      expect(exitCode).toBe(0);
      expect(output).toContain(`Example:\n  ${example}`);
      for (const { flags } of options) expect(output).toContain(flags.split(" ", 1)[0]);
    },
  );

  test("loads nothing but the parser of arguments, so that it is fast", slow, () => {
    const program = `
      import { registerHooks } from "node:module";
      registerHooks({ resolve(specifier, context, next) { const found = next(specifier, context); console.log(found.url); return found; } });
      const { runConcord } = await import(${JSON.stringify(join(import.meta.dirname, "concord.ts"))});
      await runConcord(["--help"], { cwd: ".", now: Date.now, write() {}, writeError() {} });`;
    const args = ["--conditions=@concord/source", "--input-type=module", "-e", program];
    const loaded = execFileSync(process.execPath, args, { cwd: import.meta.dirname, encoding: "utf8" })
      .trim()
      .split("\n");
    const foreign = loaded.filter((url) => !url.startsWith("node:") && !/\/cli\/src\/|\/commander\//.test(url));
    expect(foreign).toEqual([]);
    expect(loaded.some((url) => url.includes("/commander/"))).toBe(true);
    expect(loaded.length).toBeLessThan(30);
  });
});

describe("completion", () => {
  /** Asks bash itself what it would offer behind a line. */
  function complete(line: string, script: string): string[] {
    const words = line.split(" ");
    const quoted = words.map((word) => `"${word}"`).join(" ");
    const ask = `${script}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _concord; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync("bash", ["-c", ask], { encoding: "utf8" }).trim().split("\n");
  }

  test.each([
    ["concord d", ["dead-letters", "docs", "doctor"]],
    ["concord dead-letters ", ["list", "show", "redrive"]],
    ["concord breaking --a", ["--against"]],
    ["concord dead-letters redrive notifications --d", ["--dry-run"]],
    ["concord completion ", ["bash", "zsh", "fish"]],
  ])("of %j in bash", slow, async (line, expected) => {
    const { output } = await run(["completion", "bash"]);
    expect(complete(line, output)).toEqual(expected);
  });
});
