import { streamWindow } from "./rpc-wire.ts";

/** How many chunks of a stream may still be sent. */
export interface Credit {
  /** The reader has read half a window. */
  add(): void;
  /** Resolves when one more chunk may be sent; false when none may any more. */
  take(): Promise<boolean>;
  readonly close: () => void;
}

/** Time without a word of the reader after which it counts as gone, in milliseconds. */
const silenceMs = 30_000;

/** Makes the credit of one stream, a full window to begin with. */
export function createCredit(): Credit {
  let left = streamWindow;
  let closed = false;
  let waiting: (() => void) | undefined;
  const wake = () => {
    waiting?.();
    waiting = undefined;
  };
  return {
    add() {
      left += streamWindow / 2;
      wake();
    },
    async take() {
      if (left === 0 && !closed) {
        const timer = setTimeout(wake, silenceMs);
        await new Promise<void>((resolve) => {
          waiting = resolve;
        });
        clearTimeout(timer);
      }
      if (closed || left === 0) return false;
      left--;
      return true;
    },
    close() {
      closed = true;
      wake();
    },
  };
}
