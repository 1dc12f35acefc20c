import { contractImage } from "../contract/contract.ts";
import type { Runner } from "../runner.ts";
import { runProcesses } from "./run-processes.ts";
import { openEmbeddedTheatre, openServerTheatre } from "./stage.ts";
import { createTroupe } from "./troupe.ts";

/** Runs at a time: most of a run is waiting for servers. */
const parallel = 2;

/**
 * Plays runs with real processes.
 * @throws {Error} with the reason when the servers cannot be had.
 */
export async function createProcessRunner(transport: "nats" | "embedded"): Promise<Runner> {
  const theatre = transport === "nats" ? await openServerTheatre() : openEmbeddedTheatre();
  const troupe = createTroupe();
  const image = contractImage();
  return {
    parallel,
    versions: theatre.versions,
    run: (options) => runProcesses({ ...options, theatre, troupe, image }),
    async [Symbol.asyncDispose]() {
      troupe[Symbol.dispose]();
      await theatre[Symbol.asyncDispose]();
    },
  };
}
