import { isConcordError } from "../core/error.ts";
import type { Log } from "../core/log.ts";

/** Tells an operator once that the database is away, and once that it is back. */
export interface DatabaseTrouble {
  /** Notes a failure of the database; conflicts are everyday business and say nothing. */
  begin(error: unknown): void;
  /** Notes that the database answered. */
  end(): void;
}

/** Makes one for a database that answers. */
export function createDatabaseTrouble(log: Log): DatabaseTrouble {
  let isAway = false;
  return {
    begin(error) {
      if (isAway || !isConcordError(error, "unavailable")) return;
      isAway = true;
      log.warn({ err: error }, "the database does not answer; events wait and are tried again, no attempt is counted");
    },
    end() {
      if (!isAway) return;
      isAway = false;
      log.info({}, "the database answers again");
    },
  };
}
