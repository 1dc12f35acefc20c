import type { JobRegistration } from "./definition.ts";
import type { ServiceParts } from "./parts.ts";

/** What jobs run with. */
export type JobParts = Pick<ServiceParts, "definition" | "storage" | "transact" | "surroundings" | "clock" | "log">;

/**
 * Runs a service's jobs, each after its pause, one run of it at a time, until the signal aborts. One that fails is told to the
 * log and runs again after the next pause.
 */
export async function runJobs(parts: JobParts, signal: AbortSignal): Promise<void> {
  await Promise.all(parts.definition.jobs.map((job) => repeat(parts, job, signal)));
}

async function repeat(parts: JobParts, { name, everyMs, run }: JobRegistration, signal: AbortSignal): Promise<void> {
  const { storage, transact, surroundings, clock, log } = parts;
  const db = storage?.database.db;
  for (;;) {
    await clock.sleep(everyMs, signal).catch(() => {});
    if (signal.aborted) return;
    const context = { ...surroundings, db, signal, log: log.child({ job: name }) };
    try {
      await run({ ...context, transaction: (work) => transact(work, { signal }) });
    } catch (err) {
      if (!signal.aborted) context.log.warn({ err }, "a job failed; it runs again after its pause");
    }
  }
}
