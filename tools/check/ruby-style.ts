import { join } from "node:path";
import { findRuby } from "../ruby/find-ruby.ts";
import { ProgramError, runProgram } from "../run-program.ts";

const root = join(import.meta.dirname, "..", "..");
const folders = ["sdk/ruby", "conformance/testees/ruby", "services/inventory/ruby"];

/**
 * Checks all Ruby by Standard (https://github.com/standardrb/standard). Where Ruby is missing nothing is checked, but with
 * CI=true that is a fault.
 */
export async function checkRubyStyle(fix: boolean): Promise<string[]> {
  const ruby = await findRuby();
  if (!ruby.available) return process.env.CI === "true" ? [ruby.why] : [];
  try {
    const args = ["exec", "standardrb", ...(fix ? ["--fix"] : ["--no-fix"]), ...folders];
    await runProgram("bundle", args, { cwd: root, env: ruby.env });
    return [];
  } catch (error) {
    return [error instanceof ProgramError ? error.output.trim() : (error as Error).message];
  }
}
