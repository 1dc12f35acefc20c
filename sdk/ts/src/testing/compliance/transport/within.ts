import { setTimeout as delay } from "node:timers/promises";

const deadlineMs = 10_000;

/** Waits for a promise, at most ten seconds. */
export async function within<Value>(promise: Promise<Value>, what: string): Promise<Value> {
  const timer = new AbortController();
  const late = delay(deadlineMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`waited ${deadlineMs} ms for ${what}`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}

/** Asks again and again until the answer is what a test waits for, at most ten seconds. */
export async function until<Value>(what: string, ask: () => Promise<Value>, is: (value: Value) => boolean) {
  const giveUpAt = performance.now() + deadlineMs;
  for (;;) {
    const value = await ask();
    if (is(value)) return value;
    if (performance.now() > giveUpAt) throw new Error(`waited ${deadlineMs} ms for ${what}`);
    await delay(20);
  }
}
