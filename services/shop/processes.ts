import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Program } from "./programs.ts";

/** How one process of the shop is started. */
export interface ProcessOptions {
  /** Names its log file. */
  readonly name: string;
  readonly program: Program;
  readonly environment: Readonly<Record<string, string>>;
  /** Where its log goes. */
  readonly logFolder: string;
  /** Addresses of the services in it; it is ready when each answers `/health/ready`. */
  readonly urls: readonly string[];
  /** Told when it ends without having been stopped. */
  readonly onCrash: (message: string) => void;
}

/** A running process of the shop. It does not outlive this one. */
export interface ShopProcess {
  readonly name: string;
  /** Ends it in order: SIGTERM, and after 15 seconds SIGKILL. */
  stop(): Promise<void>;
  /** Kills it with SIGKILL, as a power cut would, and starts it again. Resolves when it is ready. */
  crash(): Promise<void>;
}

// A machine that is busy with other things needs most of it.
const startTimeoutMs = 60_000;
const stopTimeoutMs = 15_000;

/**
 * Starts a process and waits until its services are ready.
 * @throws {Error} with the end of its log when it ends before that or takes more than 60 seconds.
 */
export async function startProcess(options: ProcessOptions): Promise<ShopProcess> {
  let run = await launch(options);
  return {
    name: options.name,
    stop: () => run.end("SIGTERM"),
    async crash() {
      await run.end("SIGKILL");
      run = await launch(options);
    },
  };
}

interface Run {
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

async function launch(options: ProcessOptions): Promise<Run> {
  const logFile = join(options.logFolder, `${options.name}.log`);
  const log = openSync(logFile, "a");
  const { command, args, environment } = options.program;
  // Where our tools keep things is not for services, which refuse variables that they do not know.
  const { CONCORD_CACHE: _, ...variables } = { ...environment, ...options.environment };
  const child = spawn(command, args, {
    stdio: ["ignore", log, log, "ipc"],
    env: variables,
    detached: true,
  });
  closeSync(log);
  let ending = false;
  const ended = new Promise<void>((resolve) => {
    child.once("exit", async (code, signal) => {
      resolve();
      if (!ending) options.onCrash(`${options.name} ended (${signal ?? `exit code ${code}`})\n${await tail(logFile)}`);
    });
  });
  const running = () => child.exitCode === null && child.signalCode === null;
  const end = async (signal: "SIGTERM" | "SIGKILL") => {
    ending = true;
    if (!running()) return;
    child.kill(signal);
    await Promise.race([ended, delay(stopTimeoutMs, undefined, { ref: false })]);
    if (running()) child.kill("SIGKILL");
    await ended;
  };
  try {
    await untilReady(options.urls, running);
  } catch (error) {
    await end("SIGTERM");
    throw new Error(`${options.name} ${(error as Error).message}\n${await tail(logFile)}`);
  }
  return { end };
}

async function untilReady(urls: readonly string[], running: () => boolean): Promise<void> {
  const deadline = performance.now() + startTimeoutMs;
  for (const url of urls) {
    while (!(await isReady(url))) {
      if (!running()) throw new Error("ended while it started");
      if (performance.now() > deadline) throw new Error(`was not ready after ${startTimeoutMs / 1000} seconds`);
      await delay(25);
    }
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function tail(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.trim().split("\n").slice(-8).join("\n");
}
