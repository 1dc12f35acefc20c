import { join } from "node:path";
import type { TesteeProfile } from "../suite/profile.ts";
import type { ProcessGuard } from "../testee/process-guard.ts";
import { TesteeFault } from "../testee/testee-fault.ts";
import { startTestee, type TesteeProcess } from "../testee/testee-process.ts";

/** Processes of one testee: lent to cases one after the other, or made for one. */
export interface TesteePool {
  /** One that nobody else uses. */
  acquire(): Promise<TesteeProcess>;
  /** One of its own, which the case must end. */
  startOwn(): Promise<TesteeProcess>;
  /** Gives it back; one that misbehaved is not lent again. */
  release(process: TesteeProcess): Promise<void>;
  /** What processes did wrong while no case used them. */
  readonly faults: readonly string[];
  /** Ends all, in order; one that does not end within 5 s of its input's end is a fault. */
  close(): Promise<void>;
}

/** What the processes of a pool are started with. */
export interface TesteePoolOptions {
  readonly profile: TesteeProfile;
  readonly guard: ProcessGuard;
  /** More arguments, such as `--plant NAME`. */
  readonly extraArgs: readonly string[];
  /** Times that deadlines are multiplied. */
  readonly patience: number;
}

/** Makes a pool without processes. */
export function createTesteePool({ profile, guard, extraArgs, patience }: TesteePoolOptions): TesteePool {
  const idle: TesteeProcess[] = [];
  const all = new Set<TesteeProcess>();
  const faults: string[] = [];
  let closed = false;
  // Node keeps there what it has compiled, for the next process, or run where a folder is given; to others it means nothing.
  const compiled = process.env.NODE_COMPILE_CACHE || join(guard.folder, "compiled");
  const environment = { NODE_COMPILE_CACHE: compiled, ...profile.environment };
  const start = async () => {
    if (closed) throw new TesteeFault("crashed", "the run was ended");
    const process = await startTestee({ profile: { ...profile, environment }, guard, extraArgs, patience });
    all.add(process);
    void process.ended.then(() => all.delete(process));
    return process;
  };
  return {
    faults,
    startOwn: start,
    async acquire() {
      for (let process = idle.pop(); process; process = idle.pop()) {
        if (!process.fault && !process.exit) return process;
        faults.push(`between two cases ${process.fault?.message ?? "the testee ended"}`);
      }
      return start();
    },
    async release(process) {
      process.listen(undefined);
      if (process.fault || process.exit) await process.kill();
      else idle.push(process);
    },
    async close() {
      closed = true;
      const quitting = idle.splice(0).map(async (process) => {
        const { code, signal } = await process.quit();
        if (process.fault) faults.push(`after its last case ${process.fault.message}`);
        else if (code !== 0)
          faults.push(`at the end of its input the testee ended by ${signal ?? `exit code ${code}`}, not 0`);
      });
      await Promise.all(quitting);
      await Promise.all([...all].map((process) => process.kill()));
    },
  };
}
