import type { Clock } from "../core/clock.ts";
import type { OutboxRow } from "../core/store/outbox-store.ts";

/** The keys of one partition that wait because a row of theirs could not be sent. A row without a key waits alone. */
export interface StoppedKeys {
  /** Number of keys and keyless rows that wait. */
  readonly size: number;
  /** Number of keyless rows that wait. */
  readonly keylessRows: number;
  /** The keys that wait now, to be left out of the next read. Those whose time has come are let go. */
  current(): readonly string[];
  /** Stops the key of a row for `delayMs` milliseconds. */
  stop(row: OutboxRow, delayMs: number): void;
  has(row: OutboxRow): boolean;
  /**
   * Milliseconds until the first key may go on; undefined when none waits. 0 is told once: the row may be gone, sent by
   * another relay or dropped by an operator, and then nobody reads for it again.
   */
  nextInMs(): number | undefined;
}

/** Starts with no key stopped. In memory alone: another session finds out again. */
export function createStoppedKeys(clock: Clock): StoppedKeys {
  const keyed = new Map<string, number>();
  const keyless = new Map<bigint, number>();

  return {
    get size() {
      return keyed.size + keyless.size;
    },
    get keylessRows() {
      return keyless.size;
    },
    current() {
      const now = clock.now();
      release(keyed, now);
      release(keyless, now);
      return [...keyed.keys()];
    },
    stop({ id, key }, delayMs) {
      const untilMs = clock.now() + delayMs;
      if (key === undefined) keyless.set(id, untilMs);
      else keyed.set(key, untilMs);
    },
    has: ({ id, key }) => (key === undefined ? keyless.has(id) : keyed.has(key)),
    nextInMs() {
      const untilMs = Math.min(...keyed.values(), ...keyless.values());
      if (!Number.isFinite(untilMs)) return undefined;
      const now = clock.now();
      release(keyed, now);
      release(keyless, now);
      return Math.max(0, untilMs - now);
    },
  };
}

function release<Key>(waiting: Map<Key, number>, now: number): void {
  for (const [key, untilMs] of waiting) if (untilMs <= now) waiting.delete(key);
}
