import { planted } from "../answers.ts";
import type { Plant } from "../plant.ts";

/** Reads an unset text as an empty one, as languages without optional values do. */
export const unsetAsEmpty: Plant = planted("decode", ({ envelope }) => ({
  envelope: { key: "", idempotencyKey: "", correlationId: "", ...envelope },
}));
