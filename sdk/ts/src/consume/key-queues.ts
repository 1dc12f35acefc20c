import type { Clock } from "../core/clock.ts";
import type { Outcome } from "../core/handler.ts";
import type { Slots } from "./slots.ts";

/** How an item is tried. */
export interface ItemAttempt {
  /** 1 for the first run, counting only those that failed. */
  readonly attempt: number;
  readonly signal: AbortSignal;
}

/** What {@link createKeyQueues} works with. */
export interface KeyQueuesOptions<Item> {
  readonly slots: Slots;
  readonly clock: Clock;
  /** Makes one attempt, in a slot. */
  readonly attempt: (item: Item, attempt: ItemAttempt) => Promise<Outcome>;
  /** Moves an item to the database without a run, because its key holds too much of the memory. */
  readonly spill: (item: Item, wait: { readonly attempts: number; readonly delayMs: number }) => Promise<Outcome>;
  /** Tells whether an item must run while nothing else does. */
  readonly isAlone: (item: Item) => boolean;
  /** Items of one key in memory beyond which the key moves to the database. */
  readonly maxPerKey: number;
  readonly onSettled: (item: Item, outcome: Outcome) => void;
  /** Told of an error that is no outcome; its item stays unsettled. */
  readonly onFault: (error: unknown) => void;
}

/** One serial queue per key. */
export interface KeyQueues<Item> {
  /** Attempts under way. */
  readonly running: number;
  /** Tells whether items of a key are here, which later ones must not pass. */
  has(key: string): boolean;
  /** Adds an item behind those of its key; without a key it stands alone. */
  push(key: string | undefined, item: Item): void;
  /** Starts nothing any more. Resolves when nothing runs; what was not settled is forgotten. */
  stop(): Promise<void>;
  /** Aborts the signals of the attempts under way. */
  abort(reason: unknown): void;
}

interface Lane<Item> {
  readonly key: string | undefined;
  readonly items: Item[];
  /** From here on until the lane is empty, items go to the database. */
  spilling: boolean;
  /** Ends the wait before the next attempt. */
  wait: AbortController | undefined;
}

/**
 * Runs items of one key in order, each after the one before was settled, and keys side by side (trap T14). A key that
 * waits for its next attempt holds no slot (trap T27).
 */
export function createKeyQueues<Item>(options: KeyQueuesOptions<Item>): KeyQueues<Item> {
  const { slots, clock, maxPerKey } = options;
  const lanes = new Map<string, Lane<Item>>();
  const waiting = new Set<AbortController>();
  const running = new Set<AbortController>();
  let stopped = false;
  let onIdle: (() => void) | undefined;

  return {
    get running() {
      return running.size;
    },
    has: (key) => lanes.has(key),
    push(key, item) {
      if (stopped) return;
      const lane = key === undefined ? undefined : lanes.get(key);
      if (lane) return enqueue(lane, item);
      const started = { key, items: [item], spilling: false, wait: undefined };
      if (key !== undefined) lanes.set(key, started);
      void work(started);
    },
    async stop() {
      stopped = true;
      lanes.clear();
      for (const wait of waiting) wait.abort();
      if (running.size > 0) await new Promise<void>((resolve) => (onIdle = resolve));
    },
    abort(reason) {
      for (const controller of running) controller.abort(reason);
    },
  };

  function enqueue(lane: Lane<Item>, item: Item): void {
    lane.items.push(item);
    if (lane.items.length <= maxPerKey) return;
    lane.spilling = true;
    lane.wait?.abort();
  }

  async function work(lane: Lane<Item>): Promise<void> {
    try {
      while (lane.items.length > 0) {
        const outcome = await settle(lane, lane.items[0]!);
        if (!outcome) return;
        options.onSettled(lane.items.shift()!, outcome);
      }
      if (lane.key !== undefined && lanes.get(lane.key) === lane) lanes.delete(lane.key);
    } catch (error) {
      options.onFault(error);
    }
  }

  async function settle(lane: Lane<Item>, item: Item): Promise<Outcome | undefined> {
    let attempt = 1;
    let delayMs = 0;
    while (!stopped) {
      const outcome = lane.spilling
        ? await track(() => options.spill(item, { attempts: attempt - 1, delayMs }))
        : await attemptOnce(item, attempt);
      if (outcome?.kind !== "retry") return outcome;
      if (outcome.counted) attempt++;
      delayMs = await pause(lane, outcome.delayMs);
    }
    return undefined;
  }

  async function attemptOnce(item: Item, attempt: number): Promise<Outcome | undefined> {
    const release = await (options.isAlone(item) ? slots.acquireAlone() : slots.acquire());
    try {
      if (stopped) return undefined;
      return await track((signal) => options.attempt(item, { attempt, signal }));
    } finally {
      release();
    }
  }

  async function track<Result>(run: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const controller = new AbortController();
    running.add(controller);
    try {
      return await run(controller.signal);
    } finally {
      running.delete(controller);
      if (running.size === 0) onIdle?.();
    }
  }

  /** Gives the milliseconds that were left when the wait was cut short. */
  async function pause(lane: Lane<Item>, delayMs: number): Promise<number> {
    const wait = new AbortController();
    const untilMs = clock.now() + delayMs;
    waiting.add(wait);
    lane.wait = wait;
    if (stopped) wait.abort();
    await clock.sleep(delayMs, wait.signal).catch(() => {});
    waiting.delete(wait);
    lane.wait = undefined;
    return Math.max(0, untilMs - clock.now());
  }
}
