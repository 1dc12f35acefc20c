import type { CommandContext, CommandInput } from "../command-context.ts";
import { exitCodes } from "../command-error.ts";
import { formatReport, type Report, type ReportFormat } from "./report.ts";

/** Prints a report as its options say. @returns the exit code */
export function tellReport(report: Report, options: CommandInput["options"], context: CommandContext): number {
  context.write(formatReport(report, options.format as ReportFormat, context.isTerminal));
  const found = report.errors > 0 || (options.strict && report.warnings > 0);
  return found ? exitCodes.found : exitCodes.fine;
}
