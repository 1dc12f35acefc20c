import type { Clock } from "../core/clock.ts";
import type { Outcome } from "../core/handler.ts";
import type { KeyQueues } from "./key-queues.ts";
import type { Slots } from "./slots.ts";

/** How events share transactions. */
export interface BatchLimits {
  /** Most events of one transaction. */
  readonly maxEvents: number;
  /**
   * Longest time that the first event of a batch waits for more, in milliseconds. Default 0: whatever came while the batch
   * before ran is the next one, so that batches grow with the load and nobody waits for nothing.
   */
  readonly maxWaitMs?: number | undefined;
}

/** What {@link createBatchQueues} works with. */
export interface BatchQueuesOptions<Item> {
  /** Settles items one by one: those that do not fit, and those of a batch that was refused. */
  readonly single: KeyQueues<Item>;
  readonly limits: BatchLimits;
  readonly slots: Slots;
  readonly clock: Clock;
  /** Tells whether an item may share a transaction. */
  readonly fits: (item: Item) => boolean;
  /** Tries several items together, in a slot; undefined when nothing came of it and each is to be tried alone. */
  readonly attempt: (items: readonly Item[], signal: AbortSignal) => Promise<readonly Outcome[] | undefined>;
  readonly onSettled: (item: Item, outcome: Outcome) => void;
  /** Told of an error that is no outcome; from then on nothing is settled. */
  readonly onFault: (error: unknown) => void;
}

interface Waiting<Item> {
  readonly key: string | undefined;
  readonly item: Item;
}

/**
 * Settles items in batches, one after the other and each in the order of the pushes, so that keys keep their order. Items
 * whose key has earlier ones that go one by one follow them there.
 */
export function createBatchQueues<Item>(
  options: BatchQueuesOptions<Item>,
): Pick<KeyQueues<Item>, "push" | "stop" | "abort"> {
  const { single, slots, clock, fits, onSettled, onFault } = options;
  const { maxEvents, maxWaitMs = 0 } = options.limits;
  let waiting: Waiting<Item>[] = [];
  let isWorking = false;
  let isStopped = false;
  let filling: AbortController | undefined;
  let running: { readonly controller: AbortController; readonly ended: Promise<unknown> } | undefined;

  return {
    push(key, item) {
      if (isStopped) return;
      waiting.push({ key, item });
      if (waiting.length >= maxEvents) filling?.abort();
      if (!isWorking) void work();
    },
    async stop() {
      end();
      await Promise.all([single.stop(), running?.ended]);
    },
    abort(reason) {
      running?.controller.abort(reason);
      single.abort(reason);
    },
  };

  function end(): void {
    isStopped = true;
    waiting = [];
    filling?.abort();
  }

  async function work(): Promise<void> {
    isWorking = true;
    try {
      while (waiting.length > 0) {
        await fill();
        const release = await slots.acquire();
        await runBatch(take()).finally(release);
      }
    } catch (error) {
      // What failed is unsettled: nothing of its keys may pass it.
      end();
      onFault(error);
    } finally {
      isWorking = false;
    }
  }

  async function fill(): Promise<void> {
    if (maxWaitMs === 0 || waiting.length >= maxEvents) return;
    filling = new AbortController();
    await clock.sleep(maxWaitMs, filling.signal).catch(() => {});
    filling = undefined;
  }

  /** An item that does not fit ends the batch before it: one of its key may be in there. */
  function take(): readonly Waiting<Item>[] {
    const batch: Waiting<Item>[] = [];
    let taken = 0;
    for (const each of waiting) {
      const isFit = fits(each.item);
      if (batch.length === maxEvents || (!isFit && batch.length > 0)) break;
      taken++;
      if (isFit && !isBehind(each)) batch.push(each);
      else single.push(each.key, each.item);
    }
    waiting = waiting.slice(taken);
    return batch;
  }

  function isBehind({ key }: Waiting<Item>): boolean {
    return key !== undefined && single.has(key);
  }

  async function runBatch(batch: readonly Waiting<Item>[]): Promise<void> {
    // One alone costs the same on its own way, which also says what follows when it fails.
    const outcomes = batch.length > 1 ? await attempt(batch.map(({ item }) => item)) : undefined;
    for (const [index, { key, item }] of batch.entries()) {
      if (outcomes) onSettled(item, outcomes[index]!);
      else single.push(key, item);
    }
  }

  async function attempt(items: readonly Item[]): Promise<readonly Outcome[] | undefined> {
    const controller = new AbortController();
    const attempted = options.attempt(items, controller.signal);
    running = { controller, ended: attempted.catch(() => {}) };
    try {
      return await attempted;
    } finally {
      running = undefined;
    }
  }
}
