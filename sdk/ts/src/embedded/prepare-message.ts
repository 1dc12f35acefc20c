import { ConcordError } from "../core/error.ts";
import type { OutgoingMessage } from "../core/message.ts";
import { normalizeHeaders } from "./headers.ts";
import type { LogStream } from "./log-stream.ts";
import { noPartition, type PreparedMessage } from "./message-table.ts";
import { isSubject, partitionOf } from "./subject-filter.ts";

/** Largest body plus headers, in bytes: what nats-server takes by default, so that a service can move there. */
export const maxPayloadBytes = 1_048_576;

/**
 * Checks a message and gives it as it is written. The body is not copied: SQLite does that before the call is answered.
 * @throws {ConcordError} `invalid_argument` (subject, header, message id), `not_found` (the stream does not keep the
 * subject), `too_large`
 */
export function prepareMessage(stream: LogStream, message: OutgoingMessage): PreparedMessage {
  const { subject, messageId, body } = message;
  checkSubject(stream, subject);
  if (messageId === "") throw new ConcordError("invalid_argument", `a message for ${stream.name} has no message id`);
  const headers = JSON.stringify(normalizeHeaders(message.headers));
  const bytes = body.length + Buffer.byteLength(headers);
  if (bytes > maxPayloadBytes) {
    throw new ConcordError(
      "too_large",
      `the message ${messageId} has ${bytes} bytes with its headers, at most ${maxPayloadBytes} fit; send a reference instead`,
      { details: { bytes, limitBytes: maxPayloadBytes } },
    );
  }
  const size = bytes + subject.length + messageId.length;
  return { subject, partition: partitionOf(subject) ?? noPartition, messageId, headers, body, size };
}

function checkSubject(stream: LogStream, subject: string): void {
  const details = { stream: stream.name, subject };
  if (!isSubject(subject)) {
    throw new ConcordError("invalid_argument", `"${subject}" is no subject: it needs tokens without wildcards`, {
      details,
    });
  }
  if (!stream.keeps(subject)) {
    throw new ConcordError("not_found", `the stream ${stream.name} keeps no subject ${subject}`, { details });
  }
}
