import type { Clock } from "../../core/clock.ts";
import { RetryLaterError, toConcordError } from "../../core/error.ts";
import type { IncomingEvent, Middleware } from "../../core/handler.ts";
import type { LogFields } from "../../core/log.ts";

/** What {@link log} needs. */
export interface LogOptions {
  readonly clock: Clock;
}

/**
 * Writes one line per attempt: who it was about, how long it took, how it ended. Ids and codes only; neither payloads nor
 * messages of foreign errors, which may quote them (trap T28).
 */
export function log({ clock }: LogOptions): Middleware {
  return (next) => async (attempt) => {
    const startedAtMs = clock.now();
    const facts = () => ({ attempt: attempt.attempt, durationMs: clock.now() - startedAtMs });
    try {
      await next(attempt);
      attempt.log.info({ ...facts(), outcome: "done" }, "event handled");
    } catch (error) {
      attempt.log.warn({ ...facts(), ...failureFields(error) }, "event not handled");
      throw error;
    }
  };
}

/** The fields that name an event in every log line about it. */
export function eventFields({ message, envelope, contract, redrives }: IncomingEvent): LogFields {
  return {
    type: contract.type,
    eventId: envelope.id,
    source: envelope.source,
    ...(envelope.key !== undefined && { key: envelope.key }),
    ...(envelope.correlationId !== undefined && { correlationId: envelope.correlationId }),
    stream: message.stream,
    sequence: String(message.sequence),
    ...(redrives > 0 && { redrives }),
  };
}

function failureFields(error: unknown): LogFields {
  if (error instanceof RetryLaterError) return { outcome: "retry_later", delayMs: error.delayMs };
  return { outcome: "failed", error: toConcordError(error).code };
}
