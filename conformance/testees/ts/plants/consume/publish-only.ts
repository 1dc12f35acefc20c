import type { Plant } from "../plant.ts";

/** Checks the rules of a contract only where it publishes. */
export const publishOnly: Plant = {
  middlewares: (own) => own.filter((_, index) => index !== 1),
};
