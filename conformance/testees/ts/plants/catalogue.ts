import { BadRequest } from "../protocol/error.ts";
import type { Plant } from "./plant.ts";

/** Faults by the names that the suites give them. */
export const plants: Readonly<Record<string, Plant>> = {};

/** Finds a fault by its name. */
export function findPlant(name: string): Plant {
  const plant = Object.hasOwn(plants, name) ? plants[name] : undefined;
  if (plant) return plant;
  throw new BadRequest(`there is no fault ${name}; there are ${Object.keys(plants).sort().join(", ")}`);
}
