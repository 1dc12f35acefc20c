import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

/** How a server program is run. */
export interface ServerProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** The server's own temporary folder: its log goes to `server.log` there, and it goes when this process dies. */
  readonly folder: string;
  /** Ends the server together with all its children when this process has died. Default: SIGKILL. */
  readonly endSignal?: "SIGKILL" | "SIGQUIT";
  /** Resolves to true once the server answers. */
  readonly answers: () => Promise<boolean>;
  /** Default: 20 s; a server answers in a fraction of one. */
  readonly startTimeoutMs?: number;
  /** Run as another user; only root can. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

/** A running server program. It does not outlive this process, however this process ends. */
export interface ServerProcess {
  readonly pid: number;
  /** Sends a signal; waits for the end when the signal ends a process. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Whether it still runs. */
  running(): boolean;
}

const notFatal = new Set<NodeJS.Signals>(["SIGSTOP", "SIGCONT", "SIGHUP", "SIGUSR1", "SIGUSR2"]);

/**
 * Starts a server and waits until it answers.
 * @throws {Error} with the end of its log when it ends before that or does not answer in time.
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const log = `${options.folder}/server.log`;
  const output = openSync(log, "a");
  // Its own process group: Ctrl-C in the terminal is for the tests, which then stop their servers in order.
  const child = spawn(options.program, options.args, {
    cwd: options.folder,
    detached: true,
    stdio: ["ignore", output, output],
    ...options.user,
  });
  closeSync(output);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()).once("error", () => resolve()));
  child.unref();
  const running = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  const releaseGuard = running() ? guard(child.pid!, options) : () => {};
  ended.then(releaseGuard);

  const kill = async (signal: NodeJS.Signals = "SIGKILL") => {
    if (!running()) return;
    child.kill(signal);
    if (notFatal.has(signal)) return;
    const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(timer);
  };
  try {
    await untilAnswers(options, running);
  } catch (error) {
    await kill();
    const lines = (await readFile(log, "utf8").catch(() => "")).trim().split("\n").slice(-15);
    throw new Error(`${(error as Error).message}\n${lines.join("\n")}`);
  }
  return { pid: child.pid!, kill, running };
}

async function untilAnswers(options: ServerProcessOptions, running: () => boolean): Promise<void> {
  const timeoutMs = options.startTimeoutMs ?? 20_000;
  const deadline = performance.now() + timeoutMs;
  while (!(await options.answers().catch(() => false))) {
    if (!running()) throw new Error(`${options.program} ended at once:`);
    if (performance.now() > deadline) throw new Error(`${options.program} did not answer within ${timeoutMs} ms:`);
    await delay(10);
  }
}

/**
 * A shell that waits on a pipe from this process. The pipe closes when this process dies, even by SIGKILL, and then the
 * shell ends the server and removes its folder. Returns what dismisses it.
 */
function guard(pid: number, { folder, endSignal = "SIGKILL" }: ServerProcessOptions): () => void {
  if (process.platform === "win32") return guardOnExit(pid, folder);
  const script = `trap '' INT TERM HUP
    read -r _ && exit
    kill -CONT "$1"; kill -"$2" "$1"
    for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || break; sleep 0.2; done
    kill -KILL "$1" 2>/dev/null
    rm -rf -- "$3"`;
  const args = ["-c", script, "guard", String(pid), endSignal.slice("SIG".length), folder];
  const shell = spawn("sh", args, { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  shell.stdin.on("error", () => {});
  return () => shell.stdin.end("done\n");
}

function guardOnExit(pid: number, folder: string): () => void {
  const end = () => {
    process.kill(pid, "SIGKILL");
    void rm(folder, { recursive: true, force: true });
  };
  process.once("exit", end);
  return () => process.off("exit", end);
}
