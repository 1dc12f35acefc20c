import type { ConsumeRequest } from "../core/transport.ts";
import type { NatsDelivery } from "./delivery.ts";

/** Most deliveries asked for at once. */
const mostBatch = 256;

/** The deliveries that this process has taken and not answered, to ask for no more than may be pending. */
export class Pending {
  readonly #maxAckPending: number;
  readonly #ackWaitMs: number;
  readonly #deliveries = new Map<bigint, NatsDelivery>();

  constructor({ ackWaitMs, maxAckPending }: ConsumeRequest) {
    this.#ackWaitMs = ackWaitMs;
    this.#maxAckPending = maxAckPending;
  }

  add(delivery: NatsDelivery): void {
    this.#deliveries.set(delivery.sequence, delivery);
  }

  remove(delivery: NatsDelivery): void {
    if (this.#deliveries.get(delivery.sequence) === delivery) this.#deliveries.delete(delivery.sequence);
  }

  /** Whether the broker still waits for the delivery's answer, and has not delivered it again. */
  isFresh(delivery: NatsDelivery, nowMs: number): boolean {
    return nowMs - delivery.touchedMs < this.#ackWaitMs;
  }

  /** How many more may be asked for; at least one, for what was forgotten comes again. */
  room(nowMs: number): number {
    for (const delivery of this.#deliveries.values()) {
      if (!this.isFresh(delivery, nowMs)) this.#deliveries.delete(delivery.sequence);
    }
    return Math.max(1, Math.min(mostBatch, this.#maxAckPending - this.#deliveries.size));
  }
}
