import { planted } from "../answers.ts";
import type { Plant } from "../plant.ts";

/** Reads 64 bits into a double, which has room for 53. */
export const sequenceDouble: Plant = planted("decode", ({ envelope }) => ({
  envelope: {
    ...envelope,
    ...(envelope?.sequence !== undefined && { sequence: BigInt.asUintN(64, BigInt(Number(envelope.sequence))) }),
  },
}));
