import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/nats-core";
import { ConcordError, type ErrorCode } from "../core/error.ts";

/** What a failure of the broker means to a caller, and the way out. */
interface Meaning {
  readonly code: ErrorCode;
  readonly advice: string;
}

const meaning = (code: ErrorCode, advice: string): Meaning => ({ code, advice });

const notEnabled = meaning(
  "unsupported",
  "JetStream is not enabled; start nats-server with -js, or give it a jetstream {} block, and the account a share of it",
);
const full = meaning("resource_exhausted", "raise the limit or wait until the retention has made room");
const accountFull = meaning("resource_exhausted", "raise the JetStream limits of the account or the server");
const notReady = meaning("unavailable", "the cluster is electing or starting; try again");

/** JetStream's error codes (https://github.com/nats-io/nats-server/blob/main/server/errors.json). */
const byErrorCode: Readonly<Record<number, Meaning>> = {
  10002: accountFull,
  10004: notReady,
  10005: meaning("failed_precondition", "the cluster has too few servers for that many replicas"),
  10008: notReady,
  10009: notReady,
  10013: meaning(
    "failed_precondition",
    "a durable of that name exists with other settings; delete it or rename the service",
  ),
  10014: meaning("not_found", "the durable does not exist"),
  10023: accountFull,
  10026: accountFull,
  10027: accountFull,
  10028: accountFull,
  10037: meaning("not_found", "the message is gone"),
  10039: notEnabled,
  10047: accountFull,
  10054: meaning("too_large", "the stream limits the size of its messages; raise its max_msg_size"),
  10058: meaning("stream_conflict", "a stream of that name exists with other settings"),
  10059: meaning("not_found", "provision the streams first"),
  10065: meaning(
    "stream_conflict",
    "another stream keeps some of these subjects; remove that stream or use a namespace",
  ),
  10074: meaning("failed_precondition", "one server alone keeps one replica; use a cluster or ask for one replica"),
  10076: notEnabled,
  10077: full,
  10109: meaning("failed_precondition", "the stream is sealed"),
  10118: notReady,
  10119: notReady,
  10148: meaning(
    "failed_precondition",
    "a durable of that name exists with other settings; delete it or rename the service",
  ),
  10158: meaning("unavailable", "its first sending is still being stored; try again"),
  10167: meaning("resource_exhausted", "the server has too many requests waiting; try again"),
  10174: meaning("unsupported", "the stream does not allow atomic batches; provision it again"),
  10176: meaning("failed_precondition", "the server dropped a part of the batch; send its messages one by one"),
  10199: meaning("invalid_argument", "a batch holds at most 1,000 messages"),
  10201: meaning("already_exists", "a message id of the batch is a repetition; send its messages one by one"),
  10211: meaning("resource_exhausted", "too many batches are under way; try again"),
};

const again = meaning("unavailable", "try again");
const untrusted = meaning("config", "name the authority that signed the server's certificate in tls.caFile");

/** What the client throws, by class. */
const byClass: readonly (readonly [new (...args: never[]) => Error, Meaning])[] = [
  [errors.TimeoutError, meaning("deadline_exceeded", "try again, or wait longer")],
  [errors.AuthorizationError, meaning("unauthenticated", "check the user, password, token or credentials file")],
  [errors.UserAuthenticationExpiredError, meaning("unauthenticated", "the credentials have expired; renew them")],
  [errors.NoRespondersError, notEnabled],
  [errors.ClosedConnectionError, again],
  [errors.DrainingConnectionError, again],
  [errors.ConnectionError, again],
  [errors.InvalidSubjectError, meaning("invalid_argument", "give a legal subject")],
  [errors.InvalidArgumentError, meaning("invalid_argument", "correct the argument")],
];

/** JetStream's refusal, as it stands in an answer under `error`. */
export interface ApiFault {
  /** Like a status of HTTP. */
  readonly code: number;
  readonly err_code: number;
  readonly description: string;
}

/** Says what a refusal of JetStream's means. Of one that is not in the table the status tells whether it may pass. */
export function fromApiError(what: string, error: ApiFault, cause?: unknown): ConcordError {
  const unknown = meaning(error.code === 503 ? "unavailable" : "internal", `JetStream error ${error.err_code}`);
  const { code, advice } = byErrorCode[error.err_code] ?? unknown;
  return new ConcordError(code, `${what} failed: ${error.description}; ${advice}`, {
    cause,
    details: { natsErrorCode: error.err_code },
  });
}

/** A refusal by the account's permissions, with the subject that they lack. */
export function fromPermissionViolation(
  what: string,
  violation: { readonly operation: string; readonly subject: string },
  cause: unknown = violation,
): ConcordError {
  const verb = violation.operation === "subscription" ? "subscribe to" : "publish to";
  return new ConcordError(
    "permission_denied",
    `${what} failed: the account may not ${verb} "${violation.subject}"; grant it in the server's permissions`,
    { cause, details: { subject: violation.subject, operation: verb } },
  );
}

/** Gives anything that the NATS client throws as an error with a code. `what` begins the sentence. */
export function toBrokerError(what: string, thrown: unknown): ConcordError {
  if (thrown instanceof ConcordError) return thrown;
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof JetStreamApiError) {
      return fromApiError(what, error.apiError(), thrown);
    }
    if (error instanceof errors.PermissionViolationError) return fromPermissionViolation(what, error, thrown);
    const found = isUntrusted(error) ? untrusted : byClass.find(([type]) => error instanceof type)?.[1];
    if (found) return explain(what, error.message, found, thrown);
  }
  return explain(what, thrown instanceof Error ? thrown.message : String(thrown), again, thrown);
}

function explain(what: string, reason: string, { code, advice }: Meaning, cause: unknown): ConcordError {
  return new ConcordError(code, `${what} failed: ${reason}; ${advice}`, { cause });
}

/** OpenSSL's reasons to refuse a certificate, such as `DEPTH_ZERO_SELF_SIGNED_CERT`. */
function isUntrusted(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && /CERT|ALTNAME_INVALID|UNABLE_TO_VERIFY/.test(code);
}

/** The failure of a call whose signal was aborted. */
export function canceled(what: string, signal: AbortSignal): ConcordError {
  return new ConcordError("canceled", `${what} was canceled`, { cause: signal.reason });
}
