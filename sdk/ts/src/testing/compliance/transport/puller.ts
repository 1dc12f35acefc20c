import { within } from "./within.ts";

/** Pulls items out of an iterable of batches, no sooner than a test asks for them. */
export interface Puller<Item> {
  /** The next so many items, in order. Fails when they do not come in time. */
  take(count: number): Promise<Item[]>;
  /** The next item. */
  next(): Promise<Item>;
  /** The next batch as the transport made it. */
  batch(): Promise<readonly Item[]>;
  /** Aborts the reading and resolves when it has ended. */
  end(): Promise<void>;
  /** Resolves when the reading ends by itself, with what it threw if it did. */
  ended(): Promise<unknown>;
}

/** Starts one reading, which also ends with the test. */
export function createPuller<Item>(
  ending: AbortSignal,
  open: (signal: AbortSignal) => AsyncIterable<readonly Item[]>,
): Puller<Item> {
  const own = new AbortController();
  const iterator = open(AbortSignal.any([ending, own.signal]))[Symbol.asyncIterator]();
  const buffer: Item[] = [];
  let pulling: Promise<IteratorResult<readonly Item[]>> | undefined;
  /** A pull that a deadline gave up on goes on, so that no batch is lost. */
  const pull = async () => {
    pulling ??= iterator.next();
    const result = await within(pulling, "a batch");
    pulling = undefined;
    return result;
  };
  const batch = async () => {
    const result = await pull();
    if (result.done) throw new Error("the reading ended early");
    return result.value;
  };
  const take = async (count: number) => {
    while (buffer.length < count) buffer.push(...(await batch()));
    return buffer.splice(0, count);
  };
  const drain = async () => {
    while (!(await pull()).done);
  };
  return {
    take,
    next: async () => (await take(1))[0]!,
    batch,
    end: async () => {
      own.abort();
      await drain();
    },
    ended: () => drain().catch((thrown: unknown) => thrown),
  };
}
