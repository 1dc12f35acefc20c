import type { Plan, PlanFailure, PlanHeader } from "@concord/gen/concord/conformance/v1/fixture_rpc_pb.js";
import { ConcordError, type ErrorCode, errorCodes, systemClock } from "@concord/sdk";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";

/** Does what a plan wants done before the answer. Gives the text of the call that it made. */
export async function prepareAnswer(
  plan: Plan | undefined,
  context: HandlerContext,
  callOn: (call: NonNullable<Plan["call"]>) => Promise<string>,
): Promise<string | undefined> {
  if (!plan) return undefined;
  if (plan.sleepMs > 0) await systemClock.sleep(plan.sleepMs, context.signal);
  const text = plan.call && (await callOn(plan.call));
  write(plan.headers, context.responseHeader);
  write(plan.trailers, context.responseTrailer);
  return text;
}

/** Ends a call as its plan wants it: hangs, throws, fails, or returns. */
export async function endAnswer(plan: Plan | undefined, { signal }: HandlerContext): Promise<void> {
  if (plan?.hang) await untilAborted(signal);
  if (plan?.exception) throw new Error(plan.exception);
  if (plan?.failure) throw toFailure(plan.failure);
}

function write(from: readonly PlanHeader[], into: Headers): void {
  for (const { name, value } of from) into.append(name, value);
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}

/** Our words for codes of RPC that are called otherwise here. */
const ownNames: Readonly<Record<string, ErrorCode>> = { aborted: "transaction_conflict", unimplemented: "unsupported" };

/** Codes whose own error tells callers nothing: a fault of the service. */
const silent = new Set(["internal"]);

/** A failure as a service of the SDK has it; codes that the SDK has no word for are thrown as errors of RPC. */
function toFailure({ code, message, violations }: PlanFailure): Error {
  const own = ownNames[code] ?? code;
  if (!Object.hasOwn(errorCodes, own) || silent.has(own)) return new ConnectError(message, codeOf(code));
  const details = violations.length > 0 ? { violations: violations.map((each) => ({ ...each, rule: "" })) } : {};
  return new ConcordError(own as ErrorCode, message, { details });
}

function codeOf(name: string): Code {
  const title = name.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Code[title as keyof typeof Code];
}
