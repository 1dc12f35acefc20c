import { type Msg, nuid } from "@nats-io/nats-core";
import { ConcordError } from "../core/error.ts";
import type { OutgoingMessage, PublishAck } from "../core/message.ts";
import type { WaitOptions } from "../core/transport.ts";
import { type ApiFault, fromApiError, toBrokerError } from "./broker-error.ts";
import type { BrokerConnection } from "./connection.ts";
import { toRequest } from "./publish.ts";
import type { ReplyBox, Request } from "./reply-box.ts";

/** JetStream's answer to the last message of a batch; to the first one it is empty. */
interface BatchAck {
  readonly stream: string;
  /** Sequence of the batch's last message; the others stand directly before it. */
  readonly seq: number;
  readonly error?: ApiFault;
}

/**
 * Stores all messages of one stream or none, in one round trip
 * (https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-50.md).
 * @throws {ConcordError} see {@link Publisher.publishAtomically}; `invalid_argument` above 1,000 messages
 */
export async function publishAtomically(
  connection: BrokerConnection,
  replies: ReplyBox,
  messages: readonly OutgoingMessage[],
  wait?: WaitOptions,
): Promise<readonly PublishAck[]> {
  if (messages.length === 0) return [];
  const what = checkBatch(messages);
  const requests = toRequests(connection, messages);
  try {
    const answers = await Promise.allSettled(sendAll(connection, replies, requests, wait));
    const stored = readAnswers(what, answers);
    const before = BigInt(stored.seq - messages.length);
    return messages.map(({ stream }, i) => ({ stream, sequence: before + BigInt(i + 1), duplicate: false }));
  } catch (thrown) {
    throw toBrokerError(what, thrown);
  }
}

function checkBatch(messages: readonly OutgoingMessage[]): string {
  const stream = messages[0]!.stream;
  const what = `publishing a batch of ${messages.length} to stream ${stream}`;
  if (messages.some((message) => message.stream !== stream)) {
    throw new ConcordError("invalid_argument", `${what} failed: all messages of a batch go to one stream`);
  }
  return what;
}

function toRequests(connection: BrokerConnection, messages: readonly OutgoingMessage[]): Request[] {
  const id = nuid.next();
  return messages.map((message, i) => {
    const last = i === messages.length - 1;
    const headers = { "Nats-Batch-Id": id, "Nats-Batch-Sequence": String(i + 1) };
    return toRequest(connection, message, last ? { ...headers, "Nats-Batch-Commit": "1" } : headers);
  });
}

/** Only the first and the last are answered. The client sends what one turn of the loop publishes in one piece. */
function sendAll(
  connection: BrokerConnection,
  replies: ReplyBox,
  requests: readonly Request[],
  wait?: WaitOptions,
): Promise<Msg>[] {
  return requests.flatMap((request, i) => {
    if (i === 0 || i === requests.length - 1) return [replies.send(request, wait)];
    connection.client.publish(request.subject, request.body, request.headers ? { headers: request.headers } : {});
    return [];
  });
}

/** The first refusal tells the reason; those behind it only that the batch is incomplete. */
function readAnswers(what: string, answers: readonly PromiseSettledResult<Msg>[]): BatchAck {
  let stored: BatchAck | undefined;
  for (const answer of answers) {
    if (answer.status === "rejected") throw answer.reason;
    if (answer.value.data.length === 0) continue;
    stored = JSON.parse(answer.value.string()) as BatchAck;
    if (stored.error) throw fromApiError(what, stored.error);
  }
  if (stored) return stored;
  throw new ConcordError("unavailable", `${what} failed: the server did not say that it is stored; try again`);
}
