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

/**
 * Runs a program to its end and returns what it wrote to standard output.
 * @throws {Error} with the end of its error output when it fails, or when it cannot be started.
 */
export async function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const status = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(code ?? signal));
  });
  if (status === 0) return stdout;
  throw new Error(`${program} ended with ${status}: ${(stderr || stdout).trim().slice(-1500)}`);
}
