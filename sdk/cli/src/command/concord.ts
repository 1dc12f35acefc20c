import { Argument, Command, CommanderError, Option } from "commander";
import type { CommandContext, CommandInput } from "../command-context.ts";
import { exitCodes } from "../command-error.ts";
import { allCommands } from "./all-commands.ts";
import type { CommandSpec, OptionSpec } from "./command-spec.ts";
import { explainError } from "./explain-error.ts";

/**
 * Runs one `concord` command to its end.
 * @returns the exit code: 0 fine, 1 found something, 2 wrong use, 3 could not reach, 130 interrupted
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
    if (context.signal?.aborted) {
      context.writeError("concord: interrupted\n");
      return exitCodes.interrupted;
    }
    const { message, code } = explainError(error);
    context.writeError(`concord: ${message}\n`);
    if (program.opts().verbose) context.writeError(`${(error as Error).stack}\n`);
    return code;
  }
}

function createProgram(context: CommandContext, exit: (code: number) => void): Command {
  const { write, writeError, isTerminal = false } = context;
  const program = new Command("concord")
    .description(
      "Contracts of services and events: check them, see whom a change breaks, and operate what runs by them.",
    )
    .option("--verbose", "show the stack of an error")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: writeError, getOutHasColors: () => isTerminal });
  for (const spec of allCommands) declare(program, spec, context, exit);
  return program;
}

function declare(program: Command, spec: CommandSpec, context: CommandContext, exit: (code: number) => void): void {
  const words = spec.name.split(" ");
  const group = words.length > 1 ? findGroup(program, words[0]!) : program;
  const command = group.command(words.at(-1)!).description(spec.description);
  for (const [name, description] of Object.entries(spec.arguments ?? {})) {
    command.addArgument(new Argument(name, description));
  }
  for (const option of spec.options ?? []) command.addOption(toOption(option));
  if (spec.passesOn) {
    command.argument("[arguments...]", "given on").helpOption(false).allowUnknownOption().passThroughOptions();
  }
  command.addHelpText("after", `\nExample:\n  ${spec.example}`).action(async () => {
    const { run } = await spec.load();
    const given: CommandInput = { arguments: command.args, options: command.opts() };
    exit(await run(given, context));
  });
}

function findGroup(program: Command, name: string): Command {
  const known = program.commands.find((each) => each.name() === name);
  return known ?? program.command(name).description(groupDescriptions[name] ?? name);
}

const groupDescriptions: Readonly<Record<string, string>> = {
  "dead-letters": "what services gave up on: why, from where, and back to the consumer that failed",
  outbox: "what services have committed and not sent yet",
};

function toOption({ flags, description, choices, default: value }: OptionSpec): Option {
  const option = new Option(flags, description);
  if (choices) option.choices(choices);
  return value === undefined ? option : option.default(value);
}
