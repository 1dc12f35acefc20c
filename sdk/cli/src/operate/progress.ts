import type { CommandContext } from "../command-context.ts";

/** Tells a person at a terminal how far long work has come; says nothing to programs. */
export interface Progress {
  tell(count: number): void;
  /** Takes the line away. */
  end(): void;
}

const everyMs = 200;

/** Makes a line on the error output that is rewritten in place. */
export function createProgress(verb: string, { isTerminal, now, writeError }: CommandContext): Progress {
  const startedMs = now();
  let toldMs = startedMs;
  let isShown = false;
  return {
    tell(count) {
      if (!isTerminal || now() - toldMs < everyMs) return;
      toldMs = now();
      isShown = true;
      const perSecond = Math.round((count * 1_000) / Math.max(1, toldMs - startedMs));
      writeError(`\r\u001B[K${verb} ${count} (${perSecond}/s)`);
    },
    end() {
      if (isShown) writeError("\r\u001B[K");
    },
  };
}
