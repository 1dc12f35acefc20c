/** Gives a slot back; further calls do nothing. */
export type ReleaseSlot = () => void;

/** Bounds how many handlers of a service run at once. */
export interface Slots {
  /** Handlers that run now. */
  readonly running: number;
  /** Resolves in the order of the calls, when a slot is free. Whoever waits for a retry holds none (trap T27). */
  acquire(): Promise<ReleaseSlot>;
  /** Resolves when nobody else runs, and lets nobody else run until it is given back. */
  acquireAlone(): Promise<ReleaseSlot>;
}

interface Waiter {
  readonly alone: boolean;
  readonly grant: () => void;
}

/** Makes slots for `concurrency` handlers. */
export function createSlots(concurrency: number): Slots {
  const waiters: Waiter[] = [];
  let running = 0;
  let alone = false;

  const fits = (waiter: Waiter) => (waiter.alone ? running === 0 : running < concurrency) && !alone;
  const grantNext = () => {
    while (waiters.length > 0 && fits(waiters[0]!)) {
      const waiter = waiters.shift()!;
      running++;
      alone = waiter.alone;
      waiter.grant();
    }
  };
  const wait = (aloneWanted: boolean) =>
    new Promise<ReleaseSlot>((resolve) => {
      let held = true;
      const release = () => {
        if (!held) return;
        held = false;
        running--;
        if (aloneWanted) alone = false;
        grantNext();
      };
      waiters.push({ alone: aloneWanted, grant: () => resolve(release) });
      grantNext();
    });

  return {
    get running() {
      return running;
    },
    acquire: () => wait(false),
    acquireAlone: () => wait(true),
  };
}
