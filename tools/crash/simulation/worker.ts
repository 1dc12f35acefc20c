import { parentPort } from "node:worker_threads";
import { loadContract } from "../contract/contract.ts";
import type { RunOptions } from "../runner.ts";
import { runSimulation } from "./run-simulation.ts";
import { prepareWorlds } from "./world.ts";

const parts = prepareWorlds(loadContract());

parentPort?.on("message", async (options: RunOptions) => {
  parentPort?.postMessage(await runSimulation({ ...options, parts }));
});
