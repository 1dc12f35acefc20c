import type { CommandRun } from "../command-context.ts";

/** One option of a command. */
export interface OptionSpec {
  /** As commander reads them: `--from <time>`. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly default?: string;
}

/** One command, as its help tells of it; what it does is loaded when it runs, so that help stays fast. */
export interface CommandSpec {
  /** Its words, such as `dead-letters list`. */
  readonly name: string;
  /** As commander reads them: `<type>` is needed, `[json]` may be left out. */
  readonly arguments?: Readonly<Record<string, string>>;
  readonly description: string;
  readonly options?: readonly OptionSpec[];
  /** One use of it, which a test runs. */
  readonly example: string;
  /** Everything behind the name belongs to another program. */
  readonly passesOn?: true;
  readonly load: () => Promise<{ readonly run: CommandRun }>;
}
