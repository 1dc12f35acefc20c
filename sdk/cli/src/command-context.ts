/** What the command needs of the process around it. */
export interface CommandContext {
  readonly cwd: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly write: (text: string) => unknown;
  readonly writeError: (text: string) => unknown;
  /** Where secrets and settings come from besides `concord.yaml`. Default: none. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** A person looks at the output: colours, and progress on the error output. Default false. */
  readonly isTerminal?: boolean;
  /** Aborts when the command is interrupted. Default: never. */
  readonly signal?: AbortSignal;
}

/** What a user gave to one command. */
export interface CommandInput {
  /** In the order of the help; those left out are missing. */
  readonly arguments: readonly string[];
  /** By their long names in camel case. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
}

/** Does one command. @returns its exit code */
export type CommandRun = (input: CommandInput, context: CommandContext) => Promise<number>;
