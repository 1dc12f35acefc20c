/**
 * Every code a {@link ConcordError} can carry, with the sentence that documents it. `docs/errors.md` has one entry per
 * code and a test holds the two together.
 */
export const errorCodes = {
  already_exists: "Something of that name is there already.",
  canceled: "The caller's signal was aborted before the work was done.",
  circuit_open: "A dependency failed too often, so it is not called for a while.",
  config: "An option or a CONCORD_ variable is missing, misspelt or contradicts another.",
  deadline_exceeded: "The work did not finish in the time it was given.",
  exhausted: "Every attempt of an event failed.",
  failed_precondition: "The state of the system does not allow the operation.",
  internal: "A fault of Concord or of a handler that nothing else names.",
  invalid_argument: "A request breaks a rule of its contract.",
  invalid_attribute: "An extension attribute has a forbidden name or an empty value.",
  invalid_contract: "A set of contracts contradicts itself.",
  invalid_data: "The data of an event breaks a rule of its contract.",
  invalid_envelope: "A required field of the envelope is missing, empty or malformed.",
  invalid_key: "A key is empty or too long to be part of a subject.",
  lease_lost: "Another replica took over the partition.",
  locked: "Another process holds the file.",
  migration: "The database's tables are of a newer or a foreign version.",
  not_found: "What the operation names does not exist.",
  outside_transaction: "An event was published where no transaction is open.",
  permission_denied: "The broker, the database or a role refuses the operation.",
  position_expired: "Events were deleted from a stream before this service read them.",
  resource_exhausted: "A limit of the broker, a stream or the service is reached.",
  stream_conflict: "A stream of that name exists with settings that cannot be changed without loss.",
  stream_regressed: "The broker lost or replaced events that this service has already read.",
  subject_mismatch: "A message's subject names another type or key than its envelope.",
  terminal: "The handler said that repeating the event is pointless.",
  too_large: "An event is larger than the broker accepts.",
  too_old: "The inbox no longer knows the day of the event.",
  transaction_conflict: "The database chose this transaction as the victim of a conflict; it can be repeated.",
  unauthenticated: "The credentials are missing or wrong.",
  unavailable: "The broker, the database or a service cannot be reached now.",
  undecodable: "The bytes are no valid message.",
  unsupported: "This transport, server or service cannot do that.",
  unsupported_content_type: "The content type of a message is none that Concord reads.",
} as const;

/** One of the documented failures, see `docs/errors.md`. */
export type ErrorCode = keyof typeof errorCodes;

/** Facts that belong to a failure: field, limit, violations. Never payload content. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** What may accompany the message of a {@link ConcordError}. */
export interface ErrorOptions {
  /** The error that led to this one. */
  readonly cause?: unknown;
  /** Machine-readable facts, such as `{ field: "key", limitBytes: 255 }`. */
  readonly details?: ErrorDetails;
}

/**
 * The one error class of the SDK. `code` says which documented failure it is; the message says what failed, with which
 * id, and what to do. It never carries payload content.
 */
export class ConcordError extends Error {
  override readonly name: string = "ConcordError";
  /** Which documented failure this is. */
  readonly code: ErrorCode;
  /** Machine-readable facts about it. */
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Thrown by a handler for an event that no repetition can save: it becomes a dead letter at once. */
export class TerminalError extends ConcordError {
  override readonly name = "TerminalError";

  constructor(message: string, options: ErrorOptions = {}) {
    super("terminal", message, options);
  }
}

/** What {@link RetryLaterError} needs to know. */
export interface RetryLaterOptions extends ErrorOptions {
  /** The event is not run again before this many milliseconds have passed. */
  readonly delayMs: number;
  /** What is being waited for. */
  readonly reason?: string;
}

/**
 * Thrown by a handler whose event cannot succeed before `delayMs` have passed. It is no failed attempt; later events of
 * the same key wait behind it.
 */
export class RetryLaterError extends Error {
  override readonly name = "RetryLaterError";
  /** Milliseconds before the next run. */
  readonly delayMs: number;

  /** @throws {RangeError} when `delayMs` is negative or no number; fractions are rounded up. */
  constructor({ delayMs, reason, cause }: RetryLaterOptions) {
    super(reason ?? `run again in ${delayMs} ms`, cause === undefined ? undefined : { cause });
    if (!Number.isFinite(delayMs) || delayMs < 0) throw new RangeError(`delayMs: ${delayMs} is no time to wait`);
    this.delayMs = Math.ceil(delayMs);
  }
}

/** Tells whether a value is a {@link ConcordError}, of the given code where one is named. */
export function isConcordError(value: unknown, code?: ErrorCode): value is ConcordError {
  return value instanceof ConcordError && (code === undefined || value.code === code);
}

/** Gives any thrown value as an error with a code: unknown ones become `internal` with the original as cause. */
export function toConcordError(thrown: unknown): ConcordError {
  if (thrown instanceof ConcordError) return thrown;
  if (thrown instanceof Error && thrown.name === "AbortError") {
    return new ConcordError("canceled", "the operation was aborted", { cause: thrown });
  }
  return new ConcordError("internal", "an unexpected error happened", { cause: thrown });
}
