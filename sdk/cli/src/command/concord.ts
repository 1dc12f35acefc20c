import { Command, CommanderError, Option } from "commander";
import { CommandError, exitCodes } from "../command-error.ts";
import { breaking } from "./breaking.ts";
import { lint } from "./lint.ts";
import { formatReport, type Report, type ReportFormat, reportFormats } from "./report.ts";

/** What the command needs of the process around it. */
export interface CommandContext {
  readonly cwd: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly write: (text: string) => unknown;
  readonly writeError: (text: string) => unknown;
}

interface ReportOptions {
  readonly format: ReportFormat;
  readonly strict?: true;
}

/**
 * Runs one `concord` command to its end.
 * @returns the exit code: 0 fine, 1 found something, 2 wrong use, 3 could not reach
 */
export async function runConcord(args: readonly string[], context: CommandContext): Promise<number> {
  let exitCode: number = exitCodes.fine;
  const program = createProgram(context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has already said what is wrong, and how the command is used.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.wrongUse;
    context.writeError(`concord: ${(error as Error).message}\n`);
    if (program.opts().verbose) context.writeError(`${(error as Error).stack}\n`);
    return error instanceof CommandError ? error.exitCode : exitCodes.wrongUse;
  }
}

function createProgram(context: CommandContext, exit: (code: number) => void): Command {
  const program = new Command("concord")
    .description("Contracts of services and events: check them, and see whom a change breaks.")
    .option("--verbose", "show the stack of an error")
    .exitOverride()
    .configureOutput({ writeOut: context.write, writeErr: context.writeError });
  const tell = (report: Report, { format, strict }: ReportOptions) => {
    context.write(formatReport(report, format));
    exit(report.errors > 0 || (strict && report.warnings > 0) ? exitCodes.found : exitCodes.fine);
  };
  addReportCommand(program, "lint", "checks the contracts of the workspace in this folder")
    .addHelpText("after", example("concord lint --format github"))
    .action(async (options: ReportOptions) => tell(await lint(context), options));
  addReportCommand(program, "breaking", "tells whom a change of contracts breaks")
    .option(
      "--against <ref>",
      "compare with this tag, branch or commit (default: each release whose events may be stored)",
    )
    .addHelpText("after", example("concord breaking --against v1.4.0"))
    .action(async ({ against, ...options }: ReportOptions & { readonly against?: string }) => {
      const report = await breaking({
        cwd: context.cwd,
        nowMs: context.now(),
        ...(against !== undefined && { against }),
      });
      tell(report, options);
    });
  return program;
}

function addReportCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .addOption(new Option("--format <format>", "how to print what is found").choices(reportFormats).default("text"))
    .option("--strict", "warnings are found things too: exit with 1");
}

function example(line: string): string {
  return `\nExample:\n  ${line}`;
}
