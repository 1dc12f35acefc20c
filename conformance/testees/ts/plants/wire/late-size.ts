import type { Plant } from "../plant.ts";

/** Leaves it to the broker to find an event too large (trap T17). */
export const lateSize: Plant = { without: ["no-size-check"] };
