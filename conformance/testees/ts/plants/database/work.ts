import type { Plant } from "../plant.ts";

/** Handles one event after the other, whatever their keys. */
export const serialPartition: Plant = { log: (options) => ({ ...options, concurrency: 1 }) };

/** Finds out about commits only when it looks. */
export const unwoken: Plant = { isDeaf: true };
