import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** How the command ended, and all it said. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** The shop's command, running. */
export interface StartedCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves as soon as the output holds the text; rejects when the command ends without it. */
  saw(text: RegExp): Promise<RegExpExecArray>;
}

/** Types `npm start -- ARGS` without npm, for tests. */
export function typeStart(args: readonly string[], variables: Readonly<Record<string, string>> = {}): StartedCommand {
  const program = ["--conditions=@concord/source", "services/shop/main.ts", ...args];
  const child = spawn(process.execPath, program, { cwd: root, env: { ...process.env, ...variables } });
  let output = "";
  const watchers = new Set<() => void>();
  const hear = (chunk: Buffer) => {
    output += chunk;
    for (const watch of watchers) watch();
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const ended = new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, output })));
  const saw = (text: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const found = text.exec(output);
        if (found) resolve(found);
      };
      watchers.add(look);
      look();
      ended.then(() => reject(new Error(`it ended without saying ${text}:\n${output}`)));
    });
  return { child, ended, saw };
}
