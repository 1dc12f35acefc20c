import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { GuardedFolder } from "./guarded-folder.ts";

/** How a server program is run. */
export interface ServerProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** The server's own: it runs there, its log goes to `server.log` there, and its guard ends it with this process. */
  readonly folder: GuardedFolder;
  /** Resolves to true once the server answers. */
  readonly answers: () => Promise<boolean>;
  /** Default: 20 s; a server answers in a fraction of one. */
  readonly startTimeoutMs?: number;
  /** Run as another user; only root can. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

/** A server that was started for a test. */
export interface LocalServer extends AsyncDisposable {
  /** Of the running process, another after each restart. */
  readonly pid: number;
  /** Sends a signal and keeps the data; waits for the end when the signal ends a process. Default: SIGKILL. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again at the same address with the same data, ending it in order first when it still runs. */
  restart(): Promise<void>;
  /** The last lines of its log. */
  log(): Promise<string>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** How a server is ended. */
export interface EndOptions {
  /** Ends it in order, so that it can start again. */
  readonly restartSignal: NodeJS.Signals;
  /** Ends it fast; its data is removed then. */
  readonly stopSignal: NodeJS.Signals;
}

/**
 * Starts a server and returns when it answers. When it does not, its folder is removed.
 * @throws {Error} with the end of its log when it ends before it answers, or does not answer in time.
 */
export async function startServer(options: ServerProcessOptions, end: EndOptions): Promise<LocalServer> {
  const { folder } = options;
  let running: ServerProcess;
  try {
    running = await startServerProcess(options);
  } catch (error) {
    await folder.remove();
    throw error;
  }
  const stop = async () => {
    await running.kill(end.stopSignal);
    await folder.remove();
  };
  return {
    get pid() {
      return running.pid;
    },
    kill: (signal) => running.kill(signal),
    async restart() {
      await running.kill(end.restartSignal);
      running = await startAgain(options);
    },
    log: () => lastLines(folder, 100),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

const restartTimeoutMs = 10_000;

/** The children of a server that was killed may hold its files and memory for a moment longer, so it is tried again. */
async function startAgain(options: ServerProcessOptions): Promise<ServerProcess> {
  const deadline = performance.now() + restartTimeoutMs;
  for (;;) {
    try {
      return await startServerProcess(options);
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(100);
    }
  }
}

interface ServerProcess {
  readonly pid: number;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

const notFatal = new Set<NodeJS.Signals>(["SIGSTOP", "SIGCONT", "SIGHUP", "SIGUSR1", "SIGUSR2"]);

async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const child = spawnServer(options);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()).once("error", () => resolve()));
  options.folder.guard(child.pid);
  child.stdin?.end("\n");
  ended.then(() => options.folder.guard(undefined));

  const kill = async (signal: NodeJS.Signals = "SIGKILL") => {
    if (!isRunning(child)) return;
    child.kill(signal);
    if (notFatal.has(signal)) return;
    const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(timer);
  };
  try {
    await untilAnswers(options, child);
  } catch (error) {
    await kill();
    throw new Error(`${(error as Error).message}\n${await lastLines(options.folder, 15)}`);
  }
  return { pid: child.pid!, kill };
}

async function lastLines({ path }: GuardedFolder, count: number): Promise<string> {
  const log = await readFile(join(path, "server.log"), "utf8").catch(() => "");
  return log.trim().split("\n").slice(-count).join("\n");
}

/**
 * Begins once it is allowed to, by a line: when this process dies before it has told the guard, there is no server yet that
 * nobody knows of, and none comes.
 */
const onceAllowed = ["sh", "-c", 'read -r _ && exec "$0" "$@" < /dev/null'];

function spawnServer({ program, args, folder, user }: ServerProcessOptions): ChildProcess {
  const output = openSync(join(folder.path, "server.log"), "a");
  // Its own process group: Ctrl-C in the terminal is for the tests, which then stop their servers in order.
  const isGuarded = process.platform !== "win32";
  const stdio = [isGuarded ? ("pipe" as const) : ("ignore" as const), output, output];
  const [command, ...rest] = isGuarded ? [...onceAllowed, program, ...args] : [program, ...args];
  const child = spawn(command!, rest, { cwd: folder.path, detached: true, stdio, ...user });
  closeSync(output);
  child.stdin?.on("error", () => {});
  child.unref();
  return child;
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function untilAnswers(options: ServerProcessOptions, child: ChildProcess): Promise<void> {
  const timeoutMs = options.startTimeoutMs ?? 20_000;
  const deadline = performance.now() + timeoutMs;
  while (!(await options.answers().catch(() => false))) {
    if (!isRunning(child)) throw new Error(`${options.program} ended at once:`);
    if (performance.now() > deadline) throw new Error(`${options.program} did not answer within ${timeoutMs} ms:`);
    await delay(10);
  }
}
