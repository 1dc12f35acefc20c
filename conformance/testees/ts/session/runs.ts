import { type Attempt, type IncomingEvent, parseTraceparent, RetryLaterError, TerminalError } from "@concord/sdk";
import type { SendReport } from "../protocol/send-report.ts";
import { numberOf } from "./event-request.ts";

/** Tells the runner of handler runs: their beginning, and how they ended. */
export interface Runs {
  /** Runs a handler between its two reports. With a database the second waits for {@link settled}. */
  around(attempt: Attempt, run: () => Promise<void>): Promise<void>;
  /** Says that the transaction of an event's run has ended, and whether its writes stay. */
  settled(event: IncomingEvent, committed: boolean): void;
}

/** Makes the reporter of a session. */
export function createRuns(report: SendReport, hasTransactions: boolean): Runs {
  const waiting = new Map<string, (committed: boolean) => void>();

  return {
    async around(attempt, run) {
      const facts = factsOf(attempt);
      const end = (outcome: string) => report({ kind: { case: "end", value: { ...facts, outcome } } });
      report({ kind: { case: "start", value: facts } });
      let outcome = "ack";
      try {
        await run();
      } catch (error) {
        outcome = outcomeOf(error);
        throw error;
      } finally {
        const isAborted = attempt.signal.aborted;
        if (isAborted || !hasTransactions) end(isAborted ? "aborted" : outcome);
        else
          waiting.set(nameOf(attempt.event), (committed) => end(outcome === "ack" && !committed ? "failed" : outcome));
      }
    },
    settled(event, committed) {
      const name = nameOf(event);
      waiting.get(name)?.(committed);
      waiting.delete(name);
    },
  };
}

function factsOf({ event, attempt }: Attempt) {
  const { envelope, data, redrives, message } = event;
  const header = message.headers.traceparent;
  const trace = parseTraceparent(header) ? header : parseTraceparent(envelope.traceparent) && envelope.traceparent;
  return {
    id: envelope.id,
    source: envelope.source,
    type: envelope.type,
    ...(envelope.key !== undefined && { key: envelope.key }),
    n: numberOf(data),
    attempt,
    redrive: redrives,
    trace: trace ?? "",
  };
}

function outcomeOf(error: unknown): string {
  if (error instanceof RetryLaterError) return "retry_later";
  return error instanceof TerminalError ? "terminal" : "throw";
}

function nameOf({ envelope }: IncomingEvent): string {
  return `${envelope.source} ${envelope.id}`;
}
