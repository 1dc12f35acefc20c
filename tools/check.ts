import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkDocumentCode } from "./check/document-code.ts";
import { checkGeneratedCode } from "./check/generated-code.ts";
import { checkPlaces } from "./check/places.ts";
import { checkRubyStyle } from "./check/ruby-style.ts";
import { ProgramError, runProgram } from "./run-program.ts";

const root = join(import.meta.dirname, "..");

/** One thing that is checked: returns its faults, none when all is well. */
interface Step {
  readonly name: string;
  readonly run: (fix: boolean) => Promise<readonly string[]>;
}

const steps: readonly Step[] = [
  {
    name: "format and lint",
    run: (fix) =>
      program("biome", ["check", "--error-on-warnings", "--max-diagnostics=500", ...(fix ? ["--write"] : [])]),
  },
  { name: "types", run: checkTypes },
  { name: "architecture", run: () => program("vitest", ["run", "--project", "unit", "tools/architecture.test.ts"]) },
  { name: "contracts", run: checkContracts },
  { name: "contracts against the last release", run: checkRelease },
  { name: "generated code", run: checkGeneratedCode },
  { name: "conformance vectors and page", run: checkConformance },
  { name: "code in documents", run: checkDocumentCode },
  { name: "addresses and paths", run: checkPlaces },
  { name: "Ruby style", run: checkRubyStyle },
];

/** The whole tree, then the SDK by the stricter rules of its build. */
async function checkTypes(): Promise<string[]> {
  const faults = await program("tsc", ["-p", "."]);
  return faults.length > 0 ? faults : program("tsc", ["-p", "sdk/ts/tsconfig.build.json", "--noEmit"]);
}

async function checkContracts(): Promise<string[]> {
  return [...(await program("buf", ["lint"])), ...(await program("buf", ["build"]))];
}

/**
 * Whom the contracts break, against each release whose events a stream may hold. Without a release tag that is the merge base
 * with the main branch; a copy without history, as from an archive, has nothing to compare with.
 */
async function checkRelease(): Promise<string[]> {
  if (!existsSync(join(root, ".git"))) return [];
  const concord = join("sdk", "cli", "src", "command", "main.ts");
  return program(process.execPath, ["--conditions=@concord/source", concord, "breaking"]);
}

/** What is generated for the conformance suite: its vectors, and the list of cases in its page. */
async function checkConformance(): Promise<string[]> {
  const check = (script: string) =>
    program(process.execPath, ["--conditions=@concord/source", join("conformance", script), "--check"]);
  return [...(await check("vectors/generate.ts")), ...(await check("runner/catalogue.ts"))];
}

/** Runs a program; all it wrote is its one fault when it fails. */
async function program(name: string, args: readonly string[]): Promise<string[]> {
  try {
    await runProgram(name, args, { cwd: root, env: { ...process.env, NO_COLOR: "1" } });
    return [];
  } catch (error) {
    return [error instanceof ProgramError ? error.output.trim() : (error as Error).message];
  }
}

/** `npm run check [-- --fix]`: everything that needs no server, each step with its faults and time; 1 if any fails. */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { fix: { type: "boolean", default: false } } });
  let failed = 0;
  for (const { name, run } of steps) {
    const started = performance.now();
    const faults = await run(values.fix);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${faults.length === 0 ? "✓" : "✗"} ${name} (${seconds} s)`);
    for (const fault of faults) console.log(fault.replace(/^/gm, "    "));
    if (faults.length > 0) failed++;
  }
  console.log(failed === 0 ? "all checks passed" : `${failed} of ${steps.length} checks failed`);
  return failed === 0 ? 0 : 1;
}

process.exit(await main());
