import type { Plant } from "../plant.ts";

/** Writes 64-bit numbers without quotes, so that readers of JSON round them (trap T35). */
export const uint64Number: Plant = { onLine: (line) => line.replace(/"sequence":"(\d+)"/g, '"sequence":$1') };
