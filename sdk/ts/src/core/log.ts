/** Facts of one log line: ids, counts and durations, never payloads. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes one line per fact. pino's logger is one. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** A log whose lines all carry these fields. */
  child(fields: LogFields): Log;
}

/** Writes nothing. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
