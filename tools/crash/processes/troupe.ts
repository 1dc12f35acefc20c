import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { type Answer, type Question, type StartMessage, stopSignFd } from "./messages.ts";
import { pause } from "./stage.ts";

/** One process of a run. */
export interface Player {
  /** Where its producers are reached, once it serves. */
  readonly urls: { readonly alpha: string; readonly beta: string } | undefined;
  /** Resolves when the process has ended, with its exit code, or null after a signal. */
  readonly ended: Promise<number | null>;
  /** Asks and gives the answer; undefined when none comes. */
  ask(question: Question, timeoutMs: number): Promise<Answer | undefined>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts processes; keeps some waiting that have loaded their code already. */
export interface Troupe extends Disposable {
  start(message: StartMessage, onStopped: (point: string) => void): Player;
}

const program = join(import.meta.dirname, "child.ts");

/** Hires processes; `spares` of them wait at any time. */
export function createTroupe(spares = 2): Troupe {
  const waiting: ChildProcess[] = [];
  const fill = () => {
    while (waiting.length < spares) waiting.push(spawnOne());
  };
  fill();
  return {
    start(message, onStopped) {
      const child = waiting.shift() ?? spawnOne();
      fill();
      createInterface({ input: child.stdio[stopSignFd] as Readable }).on("line", onStopped);
      child.send(message);
      return createPlayer(child);
    },
    [Symbol.dispose]: () => {
      for (const child of waiting) child.kill("SIGKILL");
    },
  };
}

function spawnOne(): ChildProcess {
  const child = spawn(process.execPath, [...process.execArgv, program], {
    stdio: ["ignore", "inherit", "inherit", "ipc", "pipe"],
  });
  return child.setMaxListeners(0);
}

function createPlayer(child: ChildProcess): Player {
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  let urls: Player["urls"];
  child.on("error", () => {});
  child.on("message", (answer: Answer) => {
    if (answer.kind === "ready") urls = answer.urls;
  });
  return {
    get urls() {
      return urls;
    },
    ended,
    ask: (question, timeoutMs) => ask(child, question, timeoutMs),
    kill: (signal) => child.kill(signal),
  };
}

async function ask(child: ChildProcess, question: Question, timeoutMs: number): Promise<Answer | undefined> {
  if (!child.connected) return undefined;
  const answered = new Promise<Answer | undefined>((resolve) => {
    const take = (answer: Answer) => {
      if (answer.kind === "ready") return;
      child.off("message", take);
      resolve(answer);
    };
    child.on("message", take);
    child.once("exit", () => resolve(undefined));
    child.send(question, (error) => error && resolve(undefined));
  });
  return Promise.race([answered, pause(timeoutMs).then(() => undefined)]);
}
