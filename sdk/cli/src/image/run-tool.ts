import { execFile } from "node:child_process";
import { delimiter, join } from "node:path";

/** How a program ended. */
export interface ToolResult {
  /** Exit code; undefined when it could not be started. */
  readonly code: number | undefined;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Where and how long a program runs. */
export interface ToolOptions {
  readonly cwd: string;
  readonly signal?: AbortSignal;
  /** What the program reads from its input. Default: nothing. */
  readonly input?: Uint8Array;
}

/** Runs a program to its end, be it a good one or not; looks for it in the project's packages first. */
export function runTool(
  name: string,
  args: readonly string[],
  { cwd, signal, input }: ToolOptions,
): Promise<ToolResult> {
  const path = [join(cwd, "node_modules", ".bin"), process.env.PATH ?? ""].join(delimiter);
  const options = { cwd, signal, encoding: "buffer" as const, maxBuffer: 1 << 30, env: { ...process.env, PATH: path } };
  return new Promise((resolve) => {
    const child = execFile(name, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : undefined;
      resolve({ code, stdout, stderr: code === undefined ? error!.message : stderr.toString().trim() });
    });
    // A program that ends before it has read everything says why itself.
    child.stdin?.on("error", () => {}).end(input);
  });
}
