import type { Clock } from "../core/clock.ts";
import type { Durables } from "./durables.ts";
import type { LogFile } from "./log-file.ts";
import type { Retention } from "./retention.ts";
import type { Streams } from "./streams.ts";

/** The parts of an open log that reading and consuming share. */
export interface EventLog {
  readonly file: LogFile;
  readonly streams: Streams;
  readonly durables: Durables;
  readonly retention: Retention;
  readonly clock: Clock;
  /** Aborted when the log is closed. */
  readonly closing: AbortSignal;
  /** @throws {ConcordError} `unavailable` when the log is closed. */
  checkOpen(): void;
}
