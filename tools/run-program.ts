import { spawn } from "node:child_process";

/** How a program is run. */
export interface RunOptions {
  /** Default: this process's folder. */
  readonly cwd?: string;
  /** Default: this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** Run as another user; only root can. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Through a shell; Windows needs that for `.cmd` files. */
  readonly shell?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** A program ended with another status than 0. The message carries the end of what it wrote. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";
  /** All it wrote, standard output first. */
  readonly output: string;

  constructor(program: string, status: number | NodeJS.Signals | null, output: string) {
    super(`${program} ended with ${status}: ${output.trim().slice(-1500)}`);
    this.output = output;
  }
}

/**
 * Runs a program to its end and returns what it wrote to standard output.
 * @throws {ProgramError} when it fails; Node's own error when it cannot be started or the signal aborts it.
 */
export async function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk) => (stderr += chunk));
  const status = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(code ?? signal));
  });
  if (status === 0) return stdout;
  throw new ProgramError(program, status, stdout + stderr);
}
