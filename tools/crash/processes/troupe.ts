import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { type Answer, type NumberedQuestion, type Question, type StartMessage, stopSignFd } from "./messages.ts";
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

/** Hires processes that run a program; `spares` of them wait at any time. */
export function createTroupe(program: string, spares: number): Troupe {
  const waiting: ChildProcess[] = [];
  const fill = () => {
    while (waiting.length < spares) waiting.push(spawnOne(program));
  };
  fill();
  return {
    start(message, onStopped) {
      const child = waiting.shift() ?? spawnOne(program);
      fill();
      createInterface({ input: child.stdio[stopSignFd] as Readable }).on("line", onStopped);
      child.stderr!.on("data", (text: Buffer) => writeDown(message.logFile, text));
      child.send(message, () => {});
      return createPlayer(child);
    },
    [Symbol.dispose]: () => {
      for (const child of waiting) child.kill("SIGKILL");
    },
  };
}

function writeDown(file: string, text: Buffer): void {
  try {
    appendFileSync(file, text);
  } catch {
    // Its run is over and the folder gone: what a killed process still says is for nobody.
  }
}

function spawnOne(program: string): ChildProcess {
  const args = ["--disable-warning=ExperimentalWarning", program];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe", "ipc", "pipe"] });
  return child.setMaxListeners(0);
}

function createPlayer(child: ChildProcess): Player {
  const ended = new Promise<number | null>((resolve) => {
    // A spare may have ended before it was needed.
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once("exit", (code) => resolve(code));
  });
  let urls: Player["urls"];
  let questions = 0;
  child.on("error", () => {});
  child.on("message", (answer: Answer) => {
    if (answer.kind === "ready") urls = answer.urls;
  });
  return {
    get urls() {
      return urls;
    },
    ended,
    async ask(question, timeoutMs) {
      const asked = { ...question, number: ++questions };
      return Promise.race([
        answerTo(child, asked),
        ended.then(() => undefined),
        pause(timeoutMs).then(() => undefined),
      ]);
    },
    kill: (signal) => child.kill(signal),
  };
}

/** Resolves with the answer to this question, not with a late one to another. */
function answerTo(child: ChildProcess, question: NumberedQuestion): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const take = (answer: Answer) => {
      if (answer.kind === "ready" || answer.to !== question.number) return;
      child.off("message", take);
      resolve(answer);
    };
    child.on("message", take);
    if (child.connected) child.send(question, (error) => error && resolve(undefined));
    else resolve(undefined);
  });
}
