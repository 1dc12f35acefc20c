import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runConcord } from "../src/command/concord.ts";

/** The root of the repository. */
export const root: string = join(import.meta.dirname, "..", "..", "..");

/** What a command printed, and how it ended. */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly output: string;
  readonly errors: string;
}

/** A command in a process of its own. */
export interface StartedCommand {
  /** As `kill -9` does. */
  kill(): void;
  /** As Ctrl-C does. */
  interrupt(): void;
  readonly ended: Promise<CommandResult>;
}

/** A folder with the contracts of the shop, in git with one release, as a user of the command has it. */
export interface Workspace extends Disposable {
  readonly folder: string;
  readonly environment: Record<string, string>;
  /** Runs a command in this process. */
  run(args: readonly string[], signal?: AbortSignal): Promise<CommandResult>;
  /** Starts a command in a process of its own. */
  start(args: readonly string[]): StartedCommand;
}

const bufYaml = `version: v2
modules: [{path: proto}, {path: third_party}]
lint:
  ignore_only:
    EVENT_KEY_FIELD: [proto/concord/conformance]
`;

/** Makes a workspace in a temporary folder. */
export function openWorkspace(): Workspace {
  const folder = mkdtempSync(join(tmpdir(), "concord-workspace-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const name of ["proto", "third_party"]) cpSync(join(root, name), join(folder, name), { recursive: true });
  writeFileSync(join(folder, "buf.yaml"), bufYaml);
  writeFileSync(join(folder, ".gitignore"), "node_modules\n.concord\n");
  const author = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@example.com" };
  const env = { ...process.env, ...author, GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@example.com" };
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, env });
  git("init", "--quiet", "--initial-branch=main");
  git("add", ".");
  git("commit", "--quiet", "--message=Release");
  git("tag", "v1.4.0");
  const environment: Record<string, string> = {};
  return {
    folder,
    environment,
    async run(args, signal) {
      const output: string[] = [];
      const errors: string[] = [];
      const exitCode = await runConcord(args, {
        cwd: folder,
        now: Date.now,
        write: (text) => output.push(text),
        writeError: (text) => errors.push(text),
        environment: { PATH: process.env.PATH, ...environment },
        ...(signal && { signal }),
      });
      return { exitCode, output: output.join(""), errors: errors.join("") };
    },
    start(args) {
      const main = join(root, "sdk", "cli", "src", "command", "main.ts");
      const child = spawn(process.execPath, ["--conditions=@concord/source", main, ...args], {
        cwd: folder,
        // What Node keeps of sources spares half of each start.
        env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...environment },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const [output, errors]: [string[], string[]] = [[], []];
      child.stdout.setEncoding("utf8").on("data", (text: string) => output.push(text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text));
      const ended = once(child, "close").then(([code]) => ({
        exitCode: code as number | null,
        output: output.join(""),
        errors: errors.join(""),
      }));
      return { kill: () => child.kill("SIGKILL"), interrupt: () => child.kill("SIGINT"), ended };
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Splits a line as a shell would, quotes and all that examples use. */
export function splitWords(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
}
