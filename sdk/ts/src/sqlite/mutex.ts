/** Lets one caller in at a time, in the order in which they asked. */
export interface Mutex {
  /**
   * Waits for the turn and gives the function that ends it.
   * @throws the signal's reason when it aborts while waiting.
   */
  acquire(signal?: AbortSignal): Promise<() => void>;
}

interface Waiter {
  readonly enter: () => void;
}

/** Makes an open {@link Mutex}. */
export function createMutex(): Mutex {
  const waiters = new Set<Waiter>();
  let taken = false;

  const release = () => {
    const [next] = waiters;
    if (next === undefined) {
      taken = false;
      return;
    }
    waiters.delete(next);
    next.enter();
  };

  const once = () => {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      release();
    };
  };

  return {
    acquire: (signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        if (!taken) {
          taken = true;
          return resolve(once());
        }
        const leave = () => {
          waiters.delete(waiter);
          reject(signal?.reason);
        };
        const waiter: Waiter = {
          enter: () => {
            signal?.removeEventListener("abort", leave);
            resolve(once());
          },
        };
        waiters.add(waiter);
        signal?.addEventListener("abort", leave, { once: true });
      }),
  };
}
