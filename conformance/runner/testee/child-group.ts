import { type ChildProcess, spawn } from "node:child_process";
import type { TesteeProfile } from "../suite/profile.ts";

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * Starts a program in a process group of its own: what a shell or bundler starts for it ends with it, and Ctrl-C is the
 * runner's alone.
 */
export function spawnGroup({ command, environment }: TesteeProfile, extraArgs: readonly string[]): ChildProcess {
  const [program, ...args] = withExtra(command, extraArgs);
  const env = { ...process.env, ...environment };
  return spawn(program!, args, { detached: process.platform !== "win32", stdio: ["pipe", "pipe", "pipe"], env });
}

/** A command typed by hand runs in a shell, which gets arguments as text. */
function withExtra(command: readonly string[], extra: readonly string[]): readonly string[] {
  if (extra.length === 0) return command;
  const isShell = command[0] === "sh" && command[1] === "-c";
  return isShell ? ["sh", "-c", `${command[2]} ${extra.join(" ")}`] : [...command, ...extra];
}

/** Sends a signal to a process and whatever it started; they may be gone already. */
export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, signal);
  } catch {
    // Nobody left to hear it.
  }
}

/** Resolves when a program has ended, or could not be started: then with exit code 127 and the reason. */
export function whenEnded(child: ChildProcess): Promise<Exit & { readonly why: string }> {
  return new Promise((resolve) => {
    child.once("error", ({ message }) => resolve({ code: 127, signal: null, why: `cannot be started: ${message}` }));
    child.once("close", (code, signal) => {
      resolve({ code, signal, why: signal ? `was ended by ${signal}` : `ended with exit code ${code}` });
    });
  });
}
