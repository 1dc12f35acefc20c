import { ConcordError, TerminalError } from "../../core/error.ts";
import type { IncomingEvent, Middleware } from "../../core/handler.ts";
import type { Validate, Violation } from "../../core/validate.ts";

/**
 * Holds every event to the rules of its contract before its handler sees it: one that breaks them becomes a dead letter
 * with reason `invalid`, without a retry, because it will never be valid.
 * @throws {TerminalError} with the `invalid_data` error as its cause.
 */
export function validate(check: Validate): Middleware {
  return (next) => (attempt) => {
    const { event } = attempt;
    const violations = check(event.contract.schema, event.data);
    if (violations.length > 0) throw invalidEvent(event, violations);
    return next(attempt);
  };
}

function invalidEvent({ contract, envelope }: IncomingEvent, violations: readonly Violation[]): TerminalError {
  const message = `${contract.type} ${envelope.id} breaks ${violations.length} rules of its contract`;
  const cause = new ConcordError("invalid_data", message, { details: { violations } });
  return new TerminalError(message, { cause, details: { reason: "invalid" } });
}
