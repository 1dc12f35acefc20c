import type { Msg } from "@nats-io/nats-core";
import { NoRespondersError } from "@nats-io/nats-core";
import { ConcordError, isConcordError } from "../core/error.ts";
import type { OutgoingMessage, PublishAck } from "../core/message.ts";
import type { WaitOptions } from "../core/transport.ts";
import { type ApiFault, fromApiError, toBrokerError } from "./broker-error.ts";
import type { BrokerConnection } from "./connection.ts";
import { type EncodedHeaders, encodeHeaders } from "./headers.ts";
import type { ReplyBox, Request } from "./reply-box.ts";
import { coversSubject, isLiteralSubject } from "./subject-filter.ts";

/** JetStream's answer to a publication. */
interface ApiAck {
  readonly stream: string;
  readonly seq: number;
  readonly duplicate?: boolean;
  readonly error?: ApiFault;
}

/**
 * Publishes one message and resolves when its stream has stored it. Side by side calls are stored in their order,
 * unless one fails.
 * @throws {ConcordError} see {@link Publisher.publish}
 */
export async function publish(
  connection: BrokerConnection,
  replies: ReplyBox,
  message: OutgoingMessage,
  wait?: WaitOptions,
): Promise<PublishAck> {
  try {
    return readAck(message, await replies.send(toRequest(connection, message), wait));
  } catch (thrown) {
    if (thrown instanceof ConcordError) throw thrown;
    if (thrown instanceof NoRespondersError) throw await explainSilence(connection, message, thrown, wait);
    throw toBrokerError(describe(message), thrown);
  }
}

/** Says what is being done, for errors. */
export function describe(message: OutgoingMessage): string {
  return `publishing ${message.messageId} to stream ${message.stream}`;
}

/**
 * Checks a message and makes the request that stores it. `more` are headers of the broker besides the message id.
 * @throws {ConcordError} `too_large` with size and limit, `invalid_argument`
 */
export function toRequest(
  connection: BrokerConnection,
  message: OutgoingMessage,
  more: Readonly<Record<string, string>> = {},
): Request {
  const { subject, body } = message;
  if (!isLiteralSubject(subject)) {
    throw new ConcordError("invalid_argument", `${describe(message)} failed: "${subject}" is no literal subject`);
  }
  const { headers, bytes } = encodeHeaders(message.headers, {
    [connection.messageIdHeader]: message.messageId,
    ...more,
  });
  checkSize(connection, message, bytes);
  return { subject, body, headers, describe: () => describe(message) };
}

/** nats-server closes the connection of a client that sends more than it takes (T17). */
function checkSize(connection: BrokerConnection, message: OutgoingMessage, headerBytes: EncodedHeaders["bytes"]): void {
  const limitBytes = maxPayloadBytes(connection);
  const bytes = headerBytes + message.body.length;
  if (bytes <= limitBytes) return;
  throw new ConcordError(
    "too_large",
    `${describe(message)} failed: it has ${bytes} bytes with its headers and the server takes ${limitBytes}; ` +
      "send less, or raise max_payload",
    { details: { bytes, limitBytes } },
  );
}

/** The server's limit for body and headers together. */
export function maxPayloadBytes(connection: BrokerConnection): number {
  return connection.server?.max_payload ?? 1024 * 1024;
}

/**
 * Reads JetStream's answer.
 * @throws {ConcordError} what it refuses; `stream_conflict` when another stream has stored the message.
 */
function readAck(message: OutgoingMessage, answer: Msg): PublishAck {
  const ack = JSON.parse(answer.string()) as ApiAck;
  if (ack.error) throw fromApiError(describe(message), ack.error);
  if (ack.stream !== message.stream) {
    throw new ConcordError(
      "stream_conflict",
      `${describe(message)} failed: stream ${ack.stream} keeps its subject; remove that stream or use a namespace`,
      { details: { stream: ack.stream } },
    );
  }
  return { stream: ack.stream, sequence: BigInt(ack.seq), duplicate: ack.duplicate === true };
}

/** Nobody answered: finds out whether there is no such stream, no such subject in it, no leader, or no JetStream. */
async function explainSilence(
  connection: BrokerConnection,
  message: OutgoingMessage,
  cause: NoRespondersError,
  wait?: WaitOptions,
): Promise<ConcordError> {
  const { stream, subject } = message;
  const what = describe(message);
  try {
    const { config } = await connection.call(what, ({ streams }) => streams.info(stream), wait);
    const kept = config.subjects.some((filter) => coversSubject(filter, subject));
    const reason = kept ? "it has no leader now; try again" : "it does not keep that subject; provision the streams";
    return new ConcordError(kept ? "unavailable" : "not_found", `${what} failed: ${reason}`, { cause });
  } catch (thrown) {
    // Without the right to ask, the likeliest reason is told.
    if (!isConcordError(thrown, "permission_denied")) return toBrokerError(what, thrown);
    return new ConcordError("not_found", `${what} failed: no stream keeps its subject; provision the streams`, {
      cause,
    });
  }
}
