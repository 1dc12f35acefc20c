import type { Attempt, Handle, IncomingEvent, Outcome } from "../core/handler.ts";
import type { Log } from "../core/log.ts";
import type { StoredMessage } from "../core/message.ts";
import type { PartitionRef } from "../core/store/cursor-store.ts";
import type { ParkedEvent } from "../core/store/parking-store.ts";

/**
 * Whether a process may have died of a parked event: `uncounted` ones have a run counted in the database before it begins,
 * `counted` ones had.
 */
export type Suspicion = "none" | "uncounted" | "counted";

/** What the log consumer needs of an inbox; `createInbox` makes one. */
export interface ConsumerInbox {
  /** Makes one attempt at an event. */
  process(event: IncomingEvent, handle: Handle, state: Pick<Attempt, "attempt" | "signal" | "log">): Promise<Outcome>;
  /** Makes the first attempt at several events of one partition in one transaction, or leaves no trace. */
  processBatch(
    events: readonly IncomingEvent[],
    handle: Handle,
    state: { readonly signal: AbortSignal; readonly logFor: (event: IncomingEvent) => Log },
  ): Promise<
    | { readonly kind: "settled"; readonly outcomes: readonly Outcome[] }
    | { readonly kind: "refused"; readonly cause: unknown }
  >;
  /** Makes a dead letter of a message that cannot be read. */
  reject(message: StoredMessage, error: unknown): Promise<Outcome>;
  /** Makes a dead letter of an event whose runs never ended. */
  exhaust(event: IncomingEvent, attempts: number): Promise<Outcome>;
  /** Puts an event into the database without a run. */
  park(event: IncomingEvent, wait: { readonly attempts: number; readonly delayMs: number }): Promise<Outcome>;
  /** Runs the lowest due event of one parked key; undefined when none is due. */
  runParked(
    refs: readonly PartitionRef[],
    handle: Handle,
    state: {
      readonly signal: AbortSignal;
      readonly logFor: (event: IncomingEvent) => Log;
      readonly suspicionOf: (parked: ParkedEvent) => Suspicion;
    },
  ): Promise<{ readonly parked: ParkedEvent; readonly outcome: Outcome } | undefined>;
  /** Takes a dead event back for another run. */
  applyRedrive(message: StoredMessage): Promise<Outcome>;
  /** Tells whether an event has been settled. */
  isSettled(event: IncomingEvent): Promise<boolean>;
}
