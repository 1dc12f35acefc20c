/** One thing that was said or done in a case. */
export interface LogEntry {
  /** Milliseconds since the case's start. */
  readonly at: number;
  readonly what: string;
  readonly [detail: string]: unknown;
}

/** Everything that a case said and heard, for people who look for the reason of a failure. */
export interface WireLog {
  add(what: string, details: Readonly<Record<string, unknown>>): void;
  readonly entries: readonly LogEntry[];
}

const maxTextChars = 20_000;
const maxEntries = 50_000;

/** Makes an empty log that begins now. */
export function createWireLog(now: () => number = () => performance.now()): WireLog {
  const started = now();
  const entries: LogEntry[] = [];
  return {
    entries,
    add(what, details) {
      if (entries.length >= maxEntries) return;
      const at = Math.round((now() - started) * 10) / 10;
      entries.push({
        at,
        what,
        ...Object.fromEntries(Object.entries(details).map(([name, value]) => [name, cut(value)])),
      });
    },
  };
}

function cut(value: unknown): unknown {
  if (typeof value !== "string" || value.length <= maxTextChars) return value;
  return `${value.slice(0, maxTextChars)}… (${value.length} characters)`;
}
