/** Messages of one stream between reading and finishing at most. */
export const defaultMaxMessages = 1_024;

/** How much may be read and not be finished. */
export interface ReadBufferLimits {
  /**
   * Default 1,024 messages: enough to keep all slots busy, little to read again after a crash. With batches at least two of
   * each partition.
   */
  readonly maxMessages?: number | undefined;
  /** Default 16 MiB of bodies: what one stream may cost in memory. */
  readonly maxBytes?: number | undefined;
}

/** Counts messages between reading and finishing, so that a reader stops when its handlers fall behind. */
export interface ReadBuffer {
  readonly messages: number;
  readonly maxMessages: number;
  readonly isFull: boolean;
  add(bytes: number): void;
  remove(bytes: number): void;
  /** Resolves once the condition is false; it is asked again whenever a message leaves or somebody wakes the waiting. */
  waitWhile(condition: () => boolean): Promise<void>;
  wake(): void;
}

/** Makes an empty buffer count. */
export function createReadBuffer(limits: ReadBufferLimits = {}): ReadBuffer {
  const { maxMessages = defaultMaxMessages, maxBytes = 16 * 1_048_576 } = limits;
  let messages = 0;
  let bytes = 0;
  let waiting: (() => void)[] = [];
  const wake = () => {
    const resumed = waiting;
    waiting = [];
    for (const resume of resumed) resume();
  };
  return {
    get messages() {
      return messages;
    },
    get isFull() {
      return messages >= maxMessages || bytes >= maxBytes;
    },
    maxMessages,
    add(size) {
      messages++;
      bytes += size;
    },
    remove(size) {
      messages--;
      bytes -= size;
      if (waiting.length > 0) wake();
    },
    async waitWhile(condition) {
      while (condition()) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    wake,
  };
}
