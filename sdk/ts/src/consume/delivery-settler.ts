import { backoffDelayMs } from "../core/backoff.ts";
import type { Clock, Random } from "../core/clock.ts";
import type { EventContract } from "../core/contract/event-contract.ts";
import type { RetryPolicy } from "../core/contract/retry-policy.ts";
import { type DeadLetterReason, deadLetterMessage, readRedrives } from "../core/dead-letter.ts";
import { decodeMessage, rejectionReason } from "../core/decode-message.ts";
import { type ErrorCode, toConcordError } from "../core/error.ts";
import type { AttemptScope, Handle, IncomingEvent } from "../core/handler.ts";
import { judgeFailure } from "../core/judge-failure.ts";
import type { Log } from "../core/log.ts";
import type { Delivery, Publisher } from "../core/transport.ts";
import { eventFields } from "./middleware/log.ts";
import type { Router } from "./router.ts";

/** What {@link createDeliverySettler} works with. */
export interface DeliverySettlerOptions {
  readonly service: string;
  readonly namespace: string | undefined;
  readonly router: Router;
  readonly handle: Handle;
  /** Gives the surroundings of an attempt: publishing straight to the broker, no transaction. */
  readonly scopeOf: (cause: IncomingEvent) => AttemptScope;
  readonly publisher: Pick<Publisher, "publish">;
  readonly retryOf: (contract: EventContract) => RetryPolicy;
  /** Deliveries beyond which an event is a dead letter without a run. Default: twice the attempts of its contract. */
  readonly maxDeliveries: number | undefined;
  /** An event that waits holds back its partition; long waits are told of. */
  readonly holdsPartition: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Settles one delivery with the broker. */
export interface DeliverySettler {
  /**
   * Runs the handler and acknowledges, gives back for later, or makes a dead letter first and acknowledges then (trap T15).
   * @param signal aborts when the service stops waiting: the delivery goes back at once, without a verdict.
   */
  settle(delivery: Delivery, signal: AbortSignal): Promise<void>;
}

interface Verdict {
  readonly reason: DeadLetterReason;
  readonly error: ErrorCode;
  readonly attempts: number;
}

const publishRetry = { initialMs: 200, maxMs: 5_000 };

/** Longer waits are told of: without a database there is no place to wait but the head of the partition. */
const longWaitMs = 1_000;

/** Makes the settler of a service without a database. */
export function createDeliverySettler(options: DeliverySettlerOptions): DeliverySettler {
  const { service, namespace, router, handle, scopeOf, publisher, retryOf, clock, random, log } = options;
  /** Deliveries that were no attempts, by stream and sequence; a restart forgets them, which only ends retries earlier. */
  const uncounted = new Map<string, number>();

  return {
    async settle(delivery, signal) {
      let event: IncomingEvent | undefined;
      try {
        event = decodeMessage(delivery, router.find);
      } catch (thrown) {
        const error = toConcordError(thrown).code;
        return bury(delivery, { reason: rejectionReason(error), error, attempts: 0 }, signal);
      }
      if (!event) return delivery.ack();
      const policy = retryOf(event.contract);
      const attempt = attemptOf(delivery);
      const maxDeliveries = options.maxDeliveries ?? policy.maxAttempts * 2;
      if (attempt > maxDeliveries) {
        return bury(delivery, { reason: "exhausted", error: "exhausted", attempts: attempt - 1 }, signal);
      }
      await run(delivery, event, { attempt, policy, signal });
    },
  };

  async function run(
    delivery: Delivery,
    event: IncomingEvent,
    { attempt, policy, signal }: { attempt: number; policy: RetryPolicy; signal: AbortSignal },
  ): Promise<void> {
    const attemptLog = log.child(eventFields(event));
    try {
      await handle({ event, attempt, signal, log: attemptLog, scope: scopeOf(event) });
    } catch (thrown) {
      if (signal.aborted) return giveBack(delivery, 0);
      const verdict = judgeFailure(thrown, { policy, attempt, random });
      if (verdict.kind === "dead") {
        const { reason, error, counted } = verdict;
        return bury(delivery, { reason, error, attempts: counted ? attempt : attempt - 1 }, signal);
      }
      if (!verdict.counted) noteUncounted(delivery);
      const { delayMs } = verdict;
      if (options.holdsPartition && delayMs > longWaitMs) {
        log.warn({ ...eventFields(event), delayMs }, "an event that waits holds its partition");
      }
      return delivery.retry(delayMs);
    }
    uncounted.delete(nameOf(delivery));
    await delivery.ack();
  }

  /** The dead letter is stored before the event is done: a stream that is full keeps the event here. */
  async function bury(delivery: Delivery, verdict: Verdict, signal: AbortSignal): Promise<void> {
    const redrives = readRedrives(delivery.headers);
    const letter = deadLetterMessage({ service, namespace, message: delivery, redrives, ...verdict });
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await publisher.publish(letter, { signal });
        log.warn(
          { stream: delivery.stream, sequence: String(delivery.sequence), ...verdict },
          "event became a dead letter",
        );
        uncounted.delete(nameOf(delivery));
        return await delivery.ack();
      } catch (error) {
        const delayMs = backoffDelayMs(publishRetry, failures, random);
        if (failures === 1) log.warn({ err: error, delayMs }, "a dead letter cannot be stored; its event waits");
        await clock.sleep(delayMs, signal).catch(() => {});
      }
    }
    await giveBack(delivery, 0);
  }

  function giveBack(delivery: Delivery, delayMs: number): Promise<void> {
    noteUncounted(delivery);
    return delivery.retry(delayMs);
  }

  function attemptOf(delivery: Delivery): number {
    return Math.max(1, delivery.deliveries - (uncounted.get(nameOf(delivery)) ?? 0));
  }

  function noteUncounted(delivery: Delivery): void {
    const name = nameOf(delivery);
    uncounted.set(name, (uncounted.get(name) ?? 0) + 1);
  }
}

function nameOf({ stream, sequence }: Delivery): string {
  return `${stream}/${sequence}`;
}
