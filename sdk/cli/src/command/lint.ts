import { readContracts } from "../image/contracts.ts";
import type { ToolOptions } from "../image/run-tool.ts";
import { judgeContracts } from "../rules/judge.ts";
import { createReport, type Report } from "./report.ts";

/**
 * Judges the contracts of a workspace as they are.
 * @throws {CommandError} when they do not compile.
 */
export async function lint(options: ToolOptions): Promise<Report> {
  const { registry, paths } = await readContracts(options);
  return createReport("lint", [{ baseline: undefined, verdicts: await judgeContracts(registry) }], paths);
}
