import { fromBinary, type Message } from "@bufbuild/protobuf";
import type { EventContract } from "./contract/event-contract.ts";
import { type DeadLetterReason, readRedrives } from "./dead-letter.ts";
import type { Envelope } from "./envelope/envelope.ts";
import { ConcordError, type ErrorCode, isConcordError } from "./error.ts";
import type { IncomingEvent } from "./handler.ts";
import { escapeKeyToken } from "./key-token.ts";
import { envelopeContentType, type StoredMessage } from "./message.ts";
import { parseSubject, type SubjectParts } from "./subject.ts";
import { toMediaType } from "./wire/content-type.ts";
import { decodeWire } from "./wire/decode-wire.ts";

/** Finds the contract of what a subject names; undefined when nobody here handles it. */
export type FindContract = (parts: SubjectParts) => EventContract | undefined;

const dataContentTypes: ReadonlySet<string> = new Set(["application/protobuf", "application/x-protobuf"]);

/** What becomes of a message that cannot be handed to its handler (conformance F12). */
const reasons: Partial<Record<ErrorCode, DeadLetterReason>> = { undecodable: "undecodable", too_old: "too_old" };

/**
 * Reads a stored message: its envelope by content type, its contract by subject, its data by the contract.
 * @returns undefined when nobody here handles what the subject names (conformance F13).
 * @throws {ConcordError} `undecodable`, `invalid_envelope`, `invalid_attribute`, `unsupported_content_type`,
 * `subject_mismatch`. Repeating does not help: such a message is a dead letter.
 */
export function decodeMessage(message: StoredMessage, findContract: FindContract): IncomingEvent | undefined {
  const parts = parseSubject(message.subject);
  const contract = parts && findContract(parts);
  if (!contract) return undefined;
  const envelope = readEnvelope(message);
  checkSubject(message, parts, contract, envelope);
  const data = decodeData(message, contract, envelope);
  return { message, envelope, contract, data, redrives: readRedrives(message.headers) };
}

/** Tells under which reason a message that {@link decodeMessage} refused becomes a dead letter. */
export function rejectionReason(code: ErrorCode): DeadLetterReason {
  return reasons[code] ?? "invalid";
}

function readEnvelope(message: StoredMessage): Envelope {
  try {
    return decodeWire(message);
  } catch (cause) {
    if (!isConcordError(cause, "unsupported_content_type")) throw cause;
    const what = `${nameOf(message)} has no content type that is read here; send ${envelopeContentType}`;
    throw new ConcordError("unsupported_content_type", what, { cause });
  }
}

function checkSubject(message: StoredMessage, parts: SubjectParts, contract: EventContract, envelope: Envelope): void {
  if (envelope.type !== contract.type) throw mismatch(message, "type");
  const keyToken = envelope.key === undefined ? undefined : tryEscape(envelope.key);
  if (keyToken !== parts.keyToken) throw mismatch(message, "key");
}

function decodeData(message: StoredMessage, contract: EventContract, envelope: Envelope): Message {
  const { dataContentType, data } = envelope;
  if (dataContentType !== undefined && !dataContentTypes.has(toMediaType(dataContentType))) {
    throw new ConcordError(
      "unsupported_content_type",
      `the data of ${nameOf(message)} has no content type that is read here; send application/protobuf`,
    );
  }
  try {
    return fromBinary(contract.schema, data ?? new Uint8Array());
  } catch (cause) {
    throw new ConcordError("undecodable", `the data of ${nameOf(message)} is no ${contract.type}`, { cause });
  }
}

/** An unescapable key is a mismatch like any other: no subject can name it. */
function tryEscape(key: string): string | null {
  try {
    return escapeKeyToken(key);
  } catch {
    return null;
  }
}

function mismatch(message: StoredMessage, field: "type" | "key"): ConcordError {
  return new ConcordError(
    "subject_mismatch",
    `the subject of ${nameOf(message)} names another ${field} than its envelope`,
    {
      details: { field },
    },
  );
}

function nameOf({ stream, sequence }: StoredMessage): string {
  return `message ${sequence} of ${stream}`;
}
