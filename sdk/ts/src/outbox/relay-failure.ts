import { type ConcordError, type ErrorCode, toConcordError } from "../core/error.ts";

/**
 * Whose fault a failed send is. `row`: no broker of this system would take it, so it is counted and put aside in the
 * end. `stream`: its stream is full or missing, which an operator mends; its key waits, nothing is counted. `broker`: the
 * broker is away or slow, so everything waits and nothing is counted.
 */
export type FailureKind = "row" | "stream" | "broker";

const kinds: Partial<Record<ErrorCode, FailureKind>> = {
  resource_exhausted: "stream",
  not_found: "stream",
  unavailable: "broker",
  deadline_exceeded: "broker",
  unauthenticated: "broker",
  circuit_open: "broker",
  canceled: "broker",
  locked: "broker",
};

/** Faults that repeat at every attempt, so that attempts are not worth their time. */
const final: ReadonlySet<ErrorCode> = new Set(["too_large"]);

/** A failed send, judged. */
export interface SendFailure {
  readonly kind: FailureKind;
  /** True when no further attempt can succeed. */
  readonly final: boolean;
  readonly error: ConcordError;
  /** Code and message, as kept with the row. */
  readonly cause: string;
}

/** Judges what a publisher threw. An unknown error counts against its row, so that it cannot block the others for ever. */
export function judgeFailure(thrown: unknown): SendFailure {
  const error = toConcordError(thrown);
  const kind = kinds[error.code] ?? "row";
  return { kind, final: final.has(error.code), error, cause: `${error.code}: ${describe(error)}` };
}

/** An unnamed failure is told by the original's message, so that the operator sees more than "unexpected". */
function describe(error: ConcordError): string {
  return error.code === "internal" && error.cause instanceof Error ? error.cause.message : error.message;
}
