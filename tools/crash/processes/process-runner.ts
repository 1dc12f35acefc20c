import { join } from "node:path";
import { contractImage } from "../contract/contract.ts";
import type { Runner } from "../runner.ts";
import { bundle } from "./bundle.ts";
import { runProcesses } from "./run-processes.ts";
import { openEmbeddedTheatre, openServerTheatre } from "./stage.ts";
import { createTroupe } from "./troupe.ts";

/** How processes are played. */
export interface ProcessRunnerOptions {
  readonly transport: "nats" | "embedded";
  /** Runs at a time. Default 2: much of a run is waiting, yet a lease must not wait for a processor. */
  readonly parallel?: number | undefined;
}

/**
 * Plays runs with real processes.
 * @throws {Error} with the reason when the servers cannot be had.
 */
export async function createProcessRunner({ transport, parallel = 2 }: ProcessRunnerOptions): Promise<Runner> {
  await using opening = new AsyncDisposableStack();
  const theatre = opening.use(transport === "nats" ? await openServerTheatre() : openEmbeddedTheatre());
  const program = opening.use(await bundle(join(import.meta.dirname, "child.ts")));
  const troupe = opening.use(createTroupe(program.path, parallel));
  const image = contractImage();
  const all = opening.move();
  return {
    parallel,
    versions: theatre.versions,
    run: (options) => runProcesses({ ...options, theatre, troupe, image }),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
