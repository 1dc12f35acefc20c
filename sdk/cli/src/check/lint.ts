import type { CommandRun } from "../command-context.ts";
import { readContracts } from "../image/contracts.ts";
import type { ToolOptions } from "../image/run-tool.ts";
import { judgeContracts } from "../rules/judge.ts";
import { readBufSettings } from "./buf-settings.ts";
import { createReport, type Report } from "./report.ts";
import { tellReport } from "./tell-report.ts";

/** Prints what is wrong with the contracts of a workspace. */
export const run: CommandRun = async ({ options }, context) => tellReport(await lint(context), options, context);

/**
 * Judges the contracts of a workspace as they are.
 * @throws {CommandError} when they do not compile.
 */
export async function lint({ cwd, signal }: ToolOptions): Promise<Report> {
  const workspace = { cwd, ...(signal && { signal }) };
  const [{ registry, paths }, settings] = await Promise.all([readContracts(workspace), readBufSettings(cwd, "lint")]);
  return createReport("lint", [{ baseline: undefined, verdicts: await judgeContracts(registry) }], { paths, settings });
}
