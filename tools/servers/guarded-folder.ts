import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A temporary folder for a server's data. It does not outlive this process, and neither does the server. */
export interface GuardedFolder {
  readonly path: string;
  /** Says which process to end together with this one; undefined when there is none now. */
  guard(pid: number | undefined): void;
  /** Removes the folder and dismisses the guard. */
  remove(): Promise<void>;
}

/** Ends a server: SIGKILL, or SIGQUIT for one that must end its own children. */
export type EndSignal = "SIGKILL" | "SIGQUIT";

/** Creates the folder, and a guard that acts when this process has died, in whatever way. */
export async function createGuardedFolder(prefix: string, endSignal: EndSignal = "SIGKILL"): Promise<GuardedFolder> {
  const path = join(tmpdir(), `${prefix}${randomUUID()}`);
  // The guard comes first, as this process may die before the next line.
  const { tell, dismiss } = process.platform === "win32" ? guardInProcess(path) : guardBesideProcess(path, endSignal);
  await mkdir(path, { mode: 0o700 });
  return {
    path,
    guard: tell,
    async remove() {
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
      dismiss();
    },
  };
}

interface Guard {
  readonly tell: (pid: number | undefined) => void;
  readonly dismiss: () => void;
}

/** Reads process ids line by line; at the end of its input, which comes when its parent is dead, it cleans up. */
const guardScript = `trap '' INT TERM HUP
pid=
while read -r line; do
  [ "$line" = done ] && exit
  pid=$line
done
if [ -n "$pid" ]; then
  kill -CONT "$pid"; kill -"$1" "$pid"
  for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" || break; sleep 0.2; done
  kill -KILL "$pid"
fi
rm -rf -- "$2"`;

/** A shell on a pipe from this process: the pipe closes when this process dies, even by SIGKILL. */
function guardBesideProcess(path: string, endSignal: EndSignal): Guard {
  const args = ["-c", guardScript, "guard", endSignal.slice("SIG".length), path];
  const shell = spawn("sh", args, { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  shell.stdin.on("error", () => {});
  return { tell: (pid) => void shell.stdin.write(`${pid ?? ""}\n`), dismiss: () => void shell.stdin.end("done\n") };
}

function guardInProcess(path: string): Guard {
  let guarded: number | undefined;
  const cleanUp = () => {
    if (guarded !== undefined) process.kill(guarded, "SIGKILL");
    rmSync(path, { recursive: true, force: true });
  };
  process.once("exit", cleanUp);
  const tell = (pid: number | undefined) => {
    guarded = pid;
  };
  return { tell, dismiss: () => void process.off("exit", cleanUp) };
}
