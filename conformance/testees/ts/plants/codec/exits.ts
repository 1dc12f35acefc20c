import type { Plant } from "../plant.ts";

/** Ends at the first op that it does not know. */
export const exits: Plant = { onUnknownOp: () => process.exit(1) };
