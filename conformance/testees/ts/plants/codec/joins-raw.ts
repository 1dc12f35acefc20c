import { planted } from "../answers.ts";
import type { Plant } from "../plant.ts";

/** Joins the texts of an operation without escaping them, so that two operations may have one name. */
export const joinsRaw: Plant = planted("schemaOf", ({ idempotencyKey, ...rest }) => ({
  ...rest,
  ...(idempotencyKey !== undefined && { idempotencyKey: decodeURIComponent(idempotencyKey) }),
}));
