import type { SharedServers } from "./cases/run-environment.ts";
import type { LoadedRun } from "./load-run.ts";
import type { Options } from "./options.ts";
import type { ProcessGuard } from "./testee/process-guard.ts";

/** What every kind of run needs; whoever made it removes it. */
export interface Session {
  readonly options: Options;
  readonly run: LoadedRun;
  readonly guard: ProcessGuard;
  readonly servers: SharedServers;
  /** Aborts when somebody asks the run to end. */
  readonly interrupted: AbortSignal;
}
