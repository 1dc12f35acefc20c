import { createInbox, type NatsConnection } from "nats";
import type { Json, JsonObject } from "../suite/json.ts";
import { formatHeaderBlock, type WireHeader } from "../wire/header-list.ts";

/** A refusal of JetStream, by its code (https://github.com/nats-io/nats-server/blob/main/server/errors.json). */
export class JetStreamError extends Error {
  override readonly name: string = "JetStreamError";
  readonly code: number;

  constructor(what: string, code: number, description: string) {
    super(`${what}: ${description} (${code})`);
    this.code = code;
  }
}

/** JetStream's API as it is on the wire: JSON requests by subject, and plain publications. */
export interface JetStreamApi {
  /**
   * Calls `$JS.API.<name>`.
   * @throws {JetStreamError}
   */
  call(name: string, request?: Json): Promise<JsonObject>;
  /** Like `call`; undefined when the stream, message or consumer does not exist. */
  find(name: string, request?: Json): Promise<JsonObject | undefined>;
  /** Like `find` for many requests at once, answered in their order. */
  findAll(name: string, requests: readonly Json[]): Promise<(JsonObject | undefined)[]>;
  /**
   * Publishes with headers of any form and waits for the acknowledgement.
   * @throws {JetStreamError}
   */
  publish(subject: string, headers: readonly WireHeader[], body: Uint8Array): Promise<JsonObject>;
  /** Publishes without waiting. */
  send(subject: string, headers: readonly WireHeader[], body: Uint8Array): void;
}

const timeoutMs = 5_000;
const notFound = new Set([10059, 10014, 10037]);

/** Speaks with JetStream over a connection. */
export function createJetStreamApi(connection: NatsConnection): JetStreamApi {
  const call = async (name: string, request?: Json) => {
    const body = request === undefined ? "" : JSON.stringify(request);
    const reply = await connection.request(`$JS.API.${name}`, body, { timeout: timeoutMs });
    return accept(name, JSON.parse(reply.string()) as JsonObject);
  };
  return {
    call,
    find: (name, request) => orMissing(() => call(name, request)),
    async findAll(name, requests) {
      const replies = await askMany(connection, `$JS.API.${name}`, requests);
      return Promise.all(replies.map((reply) => orMissing(async () => accept(name, reply))));
    },
    async publish(subject, headers, body) {
      const options = { timeout: timeoutMs, headers: rawHeaders(headers) };
      const reply = await connection.request(subject, body, options);
      return accept(`publishing to ${subject.slice(0, 100)}`, JSON.parse(reply.string()) as JsonObject);
    },
    send: (subject, headers, body) => connection.publish(subject, body, { headers: rawHeaders(headers) }),
  };
}

async function orMissing(ask: () => Promise<JsonObject>): Promise<JsonObject | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof JetStreamError && notFound.has(error.code)) return undefined;
    throw error;
  }
}

/** One subscription for all replies: the client's own requests cost a timer and a stack trace each. */
async function askMany(connection: NatsConnection, subject: string, requests: readonly Json[]): Promise<JsonObject[]> {
  const inbox = createInbox();
  const replies: JsonObject[] = [];
  let missing = requests.length;
  const all = Promise.withResolvers<void>();
  const subscription = connection.subscribe(`${inbox}.*`, {
    callback(error, message) {
      if (error) return all.reject(error);
      replies[Number(message.subject.slice(inbox.length + 1))] = JSON.parse(message.string()) as JsonObject;
      if (--missing === 0) all.resolve();
    },
  });
  const late = () => all.reject(new Error(`${subject}: ${missing} of ${requests.length} replies did not come`));
  const timer = setTimeout(late, timeoutMs);
  try {
    for (const [index, request] of requests.entries()) {
      connection.publish(subject, JSON.stringify(request), { reply: `${inbox}.${index}` });
    }
    if (missing > 0) await all.promise;
    return replies;
  } finally {
    clearTimeout(timer);
    subscription.unsubscribe();
  }
}

function accept(what: string, reply: JsonObject): JsonObject {
  const error = reply.error as { err_code?: number; code: number; description?: string } | undefined;
  if (!error) return reply;
  throw new JetStreamError(what, error.err_code ?? error.code, error.description ?? "refused");
}

/** The client asks its headers for their bytes only, so these may be what it would refuse to build. */
function rawHeaders(headers: readonly WireHeader[]): never {
  return { encode: () => formatHeaderBlock(headers) } as never;
}
