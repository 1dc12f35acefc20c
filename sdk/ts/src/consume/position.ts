import type { StoredMessage } from "../core/message.ts";
import type { Probe } from "../core/probe.ts";
import { type MessageIdentity, messageIdentity } from "./message-identity.ts";

/** One message between reading and finishing. */
export interface ReadEntry {
  readonly sequence: bigint;
}

/** How far a session has come in one partition: everything up to the position is settled, without a gap. */
export interface FinishedPrefix {
  /** Messages read beyond the position, finished ones included. */
  readonly ahead: number;
  /** What stands at the position. */
  position(): MessageIdentity;
  /** Notes a message, or a place that was passed, in the order of reading. */
  read(what: StoredMessage | MessageIdentity): ReadEntry;
  /** Marks a message as settled. True when the position moved. */
  finish(entry: ReadEntry): boolean;
}

interface Entry extends ReadEntry {
  finished: boolean;
  /** The message while it may soon be the position, else only what a position remembers: bodies are not kept. */
  what: StoredMessage | MessageIdentity;
}

/** Entries given free at once, so that taking one off the front costs nothing. */
const compactionSize = 1_024;
/** Messages beyond the position that are kept whole: few enough for memory, and most are passed before anybody asks. */
const keptWhole = 256;

/**
 * Follows the end of the contiguous finished prefix. Messages finish in any order; the position never passes one that is
 * not finished, because after a crash nobody would read it again.
 */
export function createFinishedPrefix(start: MessageIdentity, probe?: Probe): FinishedPrefix {
  let entries: Entry[] = [];
  let head = 0;
  let last: Entry = { sequence: start.sequence, finished: true, what: start };

  const advance = (): boolean => {
    const before = last;
    while (head < entries.length && entries[head]!.finished) last = entries[head++]!;
    if (head >= compactionSize) {
      entries = entries.slice(head);
      head = 0;
    }
    return last !== before;
  };

  return {
    get ahead() {
      return entries.length - head;
    },
    position: () => identify(last),
    read(what) {
      const entry: Entry = { sequence: what.sequence, finished: false, what };
      entries.push(entry);
      return entry;
    },
    finish(read) {
      const entry = read as Entry;
      entry.finished = true;
      if (advance()) return true;
      if (probe?.without("position-beyond-prefix") && last.sequence < entry.sequence) {
        last = entry;
        return true;
      }
      if (entries.length - head > keptWhole) identify(entry);
      return false;
    },
  };
}

function identify(entry: Entry): MessageIdentity {
  const { what } = entry;
  const identity = "eventId" in what ? what : messageIdentity(what);
  entry.what = identity;
  return identity;
}
