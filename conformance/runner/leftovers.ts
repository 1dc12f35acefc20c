import { readdir, readFile } from "node:fs/promises";

/** Processes that carry a folder as their `TMPDIR`: a run that was given it, and what that started. Linux only. */
export async function processesWithin(folder: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const marked = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      return environment.split("\0").includes(`TMPDIR=${folder}`) ? [Number(pid)] : [];
    }),
  );
  return marked.flat();
}
