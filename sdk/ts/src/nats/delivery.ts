import { type Msg, nanos } from "@nats-io/nats-core";
import type { Headers } from "../core/message.ts";
import type { Delivery } from "../core/transport.ts";
import { toBrokerError } from "./broker-error.ts";
import type { BrokerConnection } from "./connection.ts";
import { decodeHeaders } from "./headers.ts";
import type { ReplyBox } from "./reply-box.ts";
import { readFacts } from "./stored-message.ts";

/** What a delivery needs to answer the broker. */
export interface DeliveryScope {
  readonly connection: BrokerConnection;
  readonly replies: ReplyBox;
  readonly stream: string;
  /** Told when the broker no longer waits for a delivery. */
  readonly onSettled: (delivery: NatsDelivery) => void;
}

/** One delivery of a durable consumer (https://docs.nats.io/nats-concepts/jetstream/consumers#acknowledgment). */
export class NatsDelivery implements Delivery {
  readonly stream: string;
  readonly sequence: bigint;
  readonly subject: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly storedAtMs: number;
  readonly deliveries: number;
  /** When the broker last began to wait for an answer, in milliseconds since the epoch. */
  touchedMs: number;
  readonly #scope: DeliveryScope;
  readonly #answerSubject: string;
  #answer: Promise<void> | undefined;

  constructor(scope: DeliveryScope, message: Msg) {
    const facts = readFacts(message.reply ?? "");
    this.stream = scope.stream;
    this.sequence = facts.streamSequence;
    this.subject = message.subject;
    this.headers = decodeHeaders(() => message.headers);
    this.body = message.data;
    this.storedAtMs = facts.storedAtMs;
    this.deliveries = facts.deliveries;
    this.touchedMs = scope.connection.clock.now();
    this.#scope = scope;
    this.#answerSubject = message.reply ?? "";
  }

  ack(): Promise<void> {
    return this.#settle("+ACK");
  }

  retry(delayMs: number): Promise<void> {
    return this.#settle(delayMs > 0 ? `-NAK ${JSON.stringify({ delay: nanos(Math.ceil(delayMs)) })}` : "-NAK");
  }

  extend(): void {
    if (this.#answer) return;
    this.touchedMs = this.#scope.connection.clock.now();
    this.#send("+WPI");
  }

  /** Gives the message back at once, without waiting for the broker's word. */
  giveBack(): void {
    this.#send("-NAK");
    this.#scope.onSettled(this);
  }

  /** The first answer counts; after a failure another may follow. */
  #settle(answer: string): Promise<void> {
    this.#answer ??= this.#request(answer).catch((thrown: unknown) => {
      this.#answer = undefined;
      throw thrown;
    });
    return this.#answer;
  }

  async #request(body: string): Promise<void> {
    const describe = () => `answering the delivery of ${this.stream} ${this.sequence}`;
    try {
      await this.#scope.replies.send({ subject: this.#answerSubject, body, describe });
    } catch (thrown) {
      throw toBrokerError(describe(), thrown);
    }
    this.#scope.onSettled(this);
  }

  #send(body: string): void {
    const { connection } = this.#scope;
    if (connection.client.isClosed()) return;
    connection.client.publish(this.#answerSubject, body);
  }
}
