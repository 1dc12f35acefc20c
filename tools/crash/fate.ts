import type { Clock } from "../../sdk/ts/src/core/clock.ts";
import { RetryLaterError, TerminalError } from "../../sdk/ts/src/core/error.ts";
import type { SeededRandom } from "../../sdk/ts/src/testing/seeded-random.ts";

/** What the handler of an event meets: part of the event, so that a run can be repeated from its seed. */
export type Fate =
  | { readonly kind: "fine" }
  /** The first runs fail. */
  | { readonly kind: "throw"; readonly times: number }
  /** The first runs ask for a later one. */
  | { readonly kind: "later"; readonly times: number; readonly delayMs: number }
  /** Takes its time, and its transaction with it. */
  | { readonly kind: "slow"; readonly delayMs: number }
  /** Every run fails until somebody redrives the event. */
  | { readonly kind: "terminal" }
  | { readonly kind: "broken" }
  /** Every run kills the process until somebody redrives the event. */
  | { readonly kind: "killer" }
  /** The broker refuses the event until an operator mends it. */
  | { readonly kind: "refused" };

/** Writes a fate into an event. */
export function fateText(fate: Fate): string {
  return JSON.stringify(fate);
}

/** Reads the fate of an event. */
export function readFate(text: string): Fate {
  return text === "" ? { kind: "fine" } : (JSON.parse(text) as Fate);
}

/** Tells whether an event of this fate may become a dead letter. A run that a crash cut short counts as a failed one. */
export function mayDie({ kind }: Fate): boolean {
  return kind === "throw" || kind === "terminal" || kind === "broken" || kind === "killer";
}

/** How fates are drawn. */
export interface FateMix {
  /** Waits that handlers ask for, in milliseconds. */
  readonly laterMs: readonly number[];
  /** Share of events that kill their process. */
  readonly killers: number;
  /** Share of events that the broker refuses. */
  readonly refused: number;
  /** Most runs of a handler that fail before one succeeds. */
  readonly maxThrows: number;
}

/** Draws a fate; most are fine. */
export function drawFate(random: SeededRandom, { laterMs, killers, refused, maxThrows }: FateMix): Fate {
  if (random.chance(killers)) return { kind: "killer" };
  if (random.chance(refused)) return { kind: "refused" };
  const drawn = random.next();
  if (drawn < 0.75) return { kind: "fine" };
  if (drawn < 0.83) return { kind: "throw", times: random.between(1, maxThrows) };
  if (drawn < 0.91) return { kind: "later", times: random.between(1, 2), delayMs: random.pick(laterMs) };
  if (drawn < 0.95) return { kind: "slow", delayMs: random.pick([1, 50, 400]) };
  return random.chance(0.6) ? { kind: "terminal" } : { kind: "broken" };
}

/** What a fate acts with. */
export interface FateScope {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Runs of this event before this one, all processes together. */
  readonly earlierRuns: number;
  readonly redrives: number;
  /** Ends the process. */
  readonly die: () => Promise<never>;
}

/** Lets a fate happen inside of a handler. */
export async function meetFate(fate: Fate, { clock, signal, earlierRuns, redrives, die }: FateScope): Promise<void> {
  if (fate.kind === "slow") return clock.sleep(fate.delayMs, signal);
  if (fate.kind === "throw" && earlierRuns < fate.times) throw new Error("a run that fails");
  if (fate.kind === "later" && earlierRuns < fate.times) throw new RetryLaterError({ delayMs: fate.delayMs });
  if (redrives > 0) return;
  if (fate.kind === "terminal") throw new TerminalError("no repetition helps");
  if (fate.kind === "broken") throw new Error("every run fails");
  if (fate.kind === "killer") await die();
}
