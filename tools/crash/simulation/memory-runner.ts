import { once } from "node:events";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Runner, RunResult } from "../runner.ts";

/** Real time that a run may take before it counts as hung, in milliseconds; most take less than a tenth of a second. */
const hangMs = 120_000;

/** Plays runs in memory, by default with one thread for each core. */
export function createMemoryRunner({
  parallel = availableParallelism(),
}: {
  readonly parallel?: number | undefined;
}): Runner {
  const workers = Array.from({ length: parallel }, () => new Worker(join(import.meta.dirname, "worker.ts")));
  const idle = [...workers];
  return {
    parallel,
    versions: [`in memory, SQLite ${process.versions.sqlite}`],
    async run(options) {
      const worker = idle.shift()!;
      worker.postMessage(options);
      const [result] = (await once(worker, "message", { signal: AbortSignal.timeout(hangMs) }).catch((cause) => {
        throw new Error(`seed ${options.seed} came to no end; more than ${hangMs} ms are too long`, { cause });
      })) as [RunResult];
      idle.push(worker);
      return result;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
