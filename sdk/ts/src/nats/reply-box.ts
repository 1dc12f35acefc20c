import {
  createInbox,
  type Msg,
  type MsgHdrs,
  NoRespondersError,
  type PermissionViolationError,
} from "@nats-io/nats-core";
import { ConcordError } from "../core/error.ts";
import type { WaitOptions } from "../core/transport.ts";
import { canceled, fromPermissionViolation } from "./broker-error.ts";
import type { BrokerConnection } from "./connection.ts";
import { defaultTimeoutMs } from "./wait-within.ts";

/** A message that somebody answers. */
export interface Request {
  readonly subject: string;
  readonly body: Uint8Array | string;
  readonly headers?: MsgHdrs;
  /** Says what is being done, to begin the sentence of an error. */
  readonly describe: () => string;
}

interface Waiting {
  readonly request: Request;
  readonly deadlineMs: number;
  readonly resolve: (answer: Msg) => void;
  readonly reject: (error: Error) => void;
}

/** How exactly deadlines are kept. */
const tickMs = 50;

/**
 * Sends requests and hands out their answers. The client's own `request` makes a timer and several promises for each
 * one; a single inbox with a single timer serves a window of hundreds with less work (`npm run bench -- nats`).
 */
export class ReplyBox {
  readonly #connection: BrokerConnection;
  readonly #inbox: string;
  readonly #waiting = new Map<string, Waiting>();
  #counter = 0;
  #sweeping = false;
  #refusal: PermissionViolationError | undefined;

  constructor(connection: BrokerConnection) {
    this.#connection = connection;
    this.#inbox = `${createInbox(connection.inboxPrefix)}.`;
    this.#open();
    connection.listen({
      lost: (cause) => this.#onLost(cause),
      restored: () => this.#refusal && this.#open(),
      refused: (violation) => this.#onRefused(violation),
    });
  }

  /**
   * Sends at once and resolves with the answer.
   * @throws {ConcordError} `unavailable`, `permission_denied`, `deadline_exceeded`, `canceled`
   * @throws {NoRespondersError} when nobody listens to the subject
   */
  send(request: Request, { signal, timeoutMs = defaultTimeoutMs }: WaitOptions = {}): Promise<Msg> {
    const { promise, resolve, reject } = Promise.withResolvers<Msg>();
    if (signal?.aborted) throw canceled(request.describe(), signal);
    if (this.#refusal) throw fromPermissionViolation(request.describe(), this.#refusal);
    if (!this.#connection.connected) this.#connection.require(request.describe());
    const token = (++this.#counter).toString(36);
    const deadlineMs = this.#connection.clock.now() + timeoutMs;
    this.#waiting.set(token, { request, deadlineMs, resolve, reject });
    const { subject, body, headers } = request;
    const reply = this.#inbox + token;
    this.#connection.client.publish(subject, body, headers ? { reply, headers } : { reply });
    if (!this.#sweeping) void this.#sweep();
    return signal ? this.#untilAborted(promise, token, signal) : promise;
  }

  /** Resolves when every request has its answer. */
  async settled(): Promise<void> {
    while (this.#waiting.size > 0) await this.#connection.clock.sleep(tickMs / 10);
  }

  async #untilAborted(promise: Promise<Msg>, token: string, signal: AbortSignal): Promise<Msg> {
    const abort = () => {
      const found = this.#take(token);
      found?.reject(canceled(found.request.describe(), signal));
    };
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  #open(): void {
    this.#refusal = undefined;
    this.#connection.client.subscribe(`${this.#inbox}*`, {
      // A refused subscription is told to `refused` too, with the subject.
      callback: (error, answer) => {
        if (!error) this.#receive(answer);
      },
    });
  }

  #receive(answer: Msg): void {
    const found = this.#take(answer.subject.slice(this.#inbox.length));
    if (!found) return;
    if (isNoResponders(answer)) found.reject(new NoRespondersError(found.request.subject));
    else found.resolve(answer);
  }

  #take(token: string): Waiting | undefined {
    const found = this.#waiting.get(token);
    this.#waiting.delete(token);
    return found;
  }

  #rejectWhere(fits: (waiting: Waiting) => boolean, toError: (what: string) => Error): void {
    for (const [token, waiting] of this.#waiting) {
      if (!fits(waiting)) continue;
      this.#waiting.delete(token);
      waiting.reject(toError(waiting.request.describe()));
    }
  }

  async #sweep(): Promise<void> {
    const { clock } = this.#connection;
    this.#sweeping = true;
    while (this.#waiting.size > 0) {
      await clock.sleep(tickMs);
      const now = clock.now();
      this.#rejectWhere(
        ({ deadlineMs }) => deadlineMs <= now,
        (what) =>
          new ConcordError("deadline_exceeded", `${what} was not answered in time; it may be done all the same`),
      );
    }
    this.#sweeping = false;
  }

  #onLost(cause: ConcordError): void {
    this.#rejectWhere(
      () => true,
      (what) => new ConcordError("unavailable", `${what} failed: ${cause.message}`, { cause }),
    );
  }

  #onRefused(violation: PermissionViolationError): void {
    const own = violation.subject === `${this.#inbox}*`;
    if (own) this.#refusal = violation;
    this.#rejectWhere(
      ({ request }) => own || request.subject === violation.subject,
      (what) => fromPermissionViolation(what, violation),
    );
  }
}

/** Nobody listens: an empty message with status 503. */
function isNoResponders(answer: Msg): boolean {
  return answer.data.length === 0 && answer.headers?.code === 503;
}
