import type { Match, Rule } from "@concord/gen/concord/conformance/v1/delivery_pb.js";
import { type Attempt, ConcordError, RetryLaterError, systemClock, TerminalError } from "@concord/sdk";
import { BadRequest } from "../protocol/error.ts";
import { numberOf } from "./event-request.ts";

/** Publishes the events of a rule with the attempt's own verbs. */
export type PublishWithin = (events: Rule["events"], attempt: Attempt) => Promise<void>;

/** How a run of a handler ended. */
export type RunEnd = "ack" | "throw" | "terminal" | "retry_later";

/** Does what the first matching rule says; `ack` without one. Throws as a handler does. */
export async function runScript(script: readonly Rule[], attempt: Attempt, publish: PublishWithin): Promise<void> {
  const rule = script.find(({ match }) => matches(match, attempt));
  const pause = () => systemClock.sleep(rule?.ms ?? 0);
  switch (rule?.do ?? "ack") {
    case "ack":
      return;
    case "sleep":
      return pause();
    case "throw":
      await pause();
      throw new Error(textOf(rule!, "the script says throw"));
    case "terminal":
      await pause();
      throw new TerminalError(textOf(rule!, "the script says terminal"));
    case "retry_later":
      throw new RetryLaterError({ delayMs: rule!.ms });
    case "hang":
      return hang(attempt.signal);
    case "publish":
      await pause();
      return publish(rule!.events, attempt);
    default:
      throw new BadRequest(`a script cannot say ${rule!.do}`);
  }
}

function matches(match: Match | undefined, { event, attempt }: Attempt): boolean {
  if (!match) return true;
  const { key, n, type, redrive } = match;
  return (
    (key === undefined || key === (event.envelope.key ?? "")) &&
    (n === undefined || n === numberOf(event.data)) &&
    (match.attempt === undefined || match.attempt === attempt) &&
    (type === "" || type === event.envelope.type) &&
    (redrive === undefined || redrive === event.redrives)
  );
}

/** An error may be made large on purpose, to see that none of it gets out. */
function textOf({ errorSize }: Rule, text: string): string {
  return errorSize > 0 ? "e".repeat(errorSize) : text;
}

function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(new ConcordError("canceled", "the handler's signal came"));
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}
