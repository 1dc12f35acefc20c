import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder and process groups that do not outlive this process, however it ends. */
export interface ProcessGuard {
  /** A temporary folder. */
  readonly folder: string;
  /** Ends the group of this process together with this one. */
  watch(pid: number): void;
  /** The process is gone. */
  forget(pid: number): void;
  /** Removes the folder and ends the guard. */
  dispose(): Promise<void>;
}

/**
 * Reads `+pid` and `-pid`; at the end of its input, which comes when its parent is dead, it ends what is left. A process that
 * was not told of yet ends by itself and may write until then, so the folder is removed for three seconds.
 */
const script = `trap '' INT TERM HUP
pids=' '
while read -r line; do
  case "$line" in
    done) exit ;;
    +*) pids="$pids\${line#+} " ;;
    -*) pids=$(printf '%s' "$pids" | sed "s/ \${line#-} / /") ;;
  esac
done
for pid in $pids; do kill -KILL -- "-$pid"; done
for turn in 1 2 3 4 5 6 7 8 9 10; do rm -rf -- "$1"; sleep 0.3; done`;

/** Makes the folder and its guard. */
export async function createProcessGuard(): Promise<ProcessGuard> {
  const folder = join(tmpdir(), `concord-conformance-${randomUUID()}`);
  // The guard comes first, as this process may die before the next line.
  const { tell, end } = process.platform === "win32" ? inProcess(folder) : beside(folder);
  await mkdir(folder, { mode: 0o700 });
  return {
    folder,
    watch: (pid) => tell(`+${pid}`),
    forget: (pid) => tell(`-${pid}`),
    async dispose() {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      end();
    },
  };
}

function beside(folder: string) {
  const shell = spawn("sh", ["-c", script, "guard", folder], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  shell.stdin.on("error", () => {});
  return { tell: (line: string) => void shell.stdin.write(`${line}\n`), end: () => void shell.stdin.end("done\n") };
}

function inProcess(folder: string) {
  const cleanUp = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", cleanUp);
  return { tell: () => {}, end: () => void process.off("exit", cleanUp) };
}
