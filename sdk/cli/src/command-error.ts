/** What the exit code of the command means. */
export const exitCodes = { fine: 0, found: 1, wrongUse: 2, unreachable: 3, interrupted: 130 } as const;

/** A reason to stop that is told in one sentence, without a stack. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** Exit code of the process. */
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
