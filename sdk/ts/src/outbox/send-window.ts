/** Bounds how many messages are on their way to the broker at once. */
export interface SendWindow {
  /** Takes a place; undefined when one was free, else resolves when one is. Places are given in the order of asking. */
  enter(): Promise<void> | undefined;
  /** Gives the place back. */
  leave(): void;
}

/** Makes a window of `size` places. */
export function createSendWindow(size: number): SendWindow {
  const waiting: (() => void)[] = [];
  let free = size;
  return {
    enter() {
      if (free === 0) return new Promise((resolve) => waiting.push(resolve));
      free--;
      return undefined;
    },
    leave() {
      const next = waiting.shift();
      if (next) next();
      else free++;
    },
  };
}
