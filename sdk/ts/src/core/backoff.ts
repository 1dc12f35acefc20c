import type { Random } from "./clock.ts";

/** Beyond it the power is infinite, and of no initial wait infinity makes no number. */
const maxDoublings = 1_000;

/**
 * Gives the wait after failed attempt `attempt` (1 for the first), in milliseconds: half to all of
 * `min(maxMs, initialMs * 2^(attempt-1))`, by chance (conformance F10).
 */
export function backoffDelayMs(
  { initialMs, maxMs }: { readonly initialMs: number; readonly maxMs: number },
  attempt: number,
  random: Random,
): number {
  const bound = Math.min(maxMs, initialMs * 2 ** Math.min(attempt - 1, maxDoublings));
  return Math.floor(bound / 2 + (random() * bound) / 2);
}
