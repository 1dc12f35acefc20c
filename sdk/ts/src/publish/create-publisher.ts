import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { backoffDelayMs } from "../core/backoff.ts";
import { type Clock, type Random, systemClock } from "../core/clock.ts";
import type { Envelope } from "../core/envelope/envelope.ts";
import { ConcordError, type ErrorCode, toConcordError } from "../core/error.ts";
import type { Publish, PublishAll, Published } from "../core/handler.ts";
import type { OutgoingMessage } from "../core/message.ts";
import { type EventPreparer, type EventRequest, type PreparedEvent, toOutgoingMessage } from "../core/prepare-event.ts";
import type { Probe } from "../core/probe.ts";
import type { Publisher } from "../core/transport.ts";

/** What publishing without a database works with. */
export interface EventPublisherOptions {
  readonly transport: Pick<Publisher, "publish">;
  readonly preparer: EventPreparer;
  /** How long a publication is repeated while the broker is away, in milliseconds. Default 30,000. */
  readonly deadlineMs?: number | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
  /** Spreads the waits. Default: `Math.random`. */
  readonly random?: Random | undefined;
  readonly probe?: Probe | undefined;
}

/**
 * Publishes straight to the broker, for services without a database. Around a crash an event may be lost, or stored twice
 * outside the broker's dedupe window; order per key holds among publications that wait for each other.
 */
export interface EventPublisher {
  /** Resolves when the broker has stored the event. */
  readonly publish: Publish;
  /** Resolves when the broker has stored the command. */
  readonly send: Publish;
  /** Resolves when the broker has stored all events. Those of one key are stored in the order given. */
  readonly publishAll: PublishAll;
  /** The same verbs for what is published while an event is handled: it is named as their cause. */
  causedBy(cause: Envelope): EventPublisher;
}

const retry = { initialMs: 50, maxMs: 2_000 };
const transient: ReadonlySet<ErrorCode> = new Set(["unavailable", "deadline_exceeded", "resource_exhausted"]);

/** Makes a publisher that repeats what the broker did not acknowledge, with the same message id, until a deadline. */
export function createPublisher(options: EventPublisherOptions): EventPublisher {
  return publisherFor(options, undefined);
}

function publisherFor(options: EventPublisherOptions, cause: Envelope | undefined): EventPublisher {
  const deliver = (request: EventRequest, prepared: PreparedEvent) => deliverUntilDeadline(options, request, prepared);
  const publishOne = async (request: EventRequest): Promise<Published> => {
    const prepared = options.preparer.prepare(request);
    await deliver(request, prepared);
    return { id: prepared.envelope.id };
  };
  return {
    publish: (schema, init, chosen) => publishOne(toRequest("publish", schema, init, chosen, cause)),
    send: (schema, init, chosen) => publishOne(toRequest("send", schema, init, chosen, cause)),
    causedBy: (event) => publisherFor(options, event),
    async publishAll(schema, inits, chosen) {
      const requests = inits.map((init) => toRequest("publish", schema, init, chosen, cause));
      const prepared = requests.map((request) => options.preparer.prepare(request));
      const ends = new Map<string, Promise<void>>();
      const deliveries = prepared.map((event, index) => {
        const { key, id } = event.envelope;
        const earlier = ends.get(key ?? id) ?? Promise.resolve();
        const delivery = earlier.then(() => deliver(requests[index]!, event));
        ends.set(key ?? id, delivery);
        return delivery;
      });
      await Promise.all(deliveries);
      return prepared.map(({ envelope }) => ({ id: envelope.id }));
    },
  };
}

function toRequest<Desc extends DescMessage>(
  verb: EventRequest["verb"],
  schema: Desc,
  init: MessageInitShape<Desc>,
  options: EventRequest["options"],
  cause: Envelope | undefined,
): EventRequest {
  return { verb, schema, init: init as EventRequest["init"], options, cause };
}

async function deliverUntilDeadline(
  options: EventPublisherOptions,
  request: EventRequest,
  prepared: PreparedEvent,
): Promise<void> {
  const { transport, preparer, probe, clock = systemClock, random = Math.random, deadlineMs = 30_000 } = options;
  const signal = request.options?.signal;
  const endsAtMs = clock.now() + deadlineMs;
  let message: OutgoingMessage = toOutgoingMessage(prepared);
  for (let attempt = 1; ; attempt++) {
    try {
      await transport.publish(message, { signal, timeoutMs: Math.max(1, Math.min(5_000, endsAtMs - clock.now())) });
      return;
    } catch (thrown) {
      const error = toConcordError(thrown);
      const delayMs = backoffDelayMs(retry, attempt, random);
      if (!transient.has(error.code)) throw error;
      if (clock.now() + delayMs >= endsAtMs) throw givenUp(prepared, deadlineMs, error);
      await sleep(clock, delayMs, signal, prepared);
    }
    if (probe?.without("new-event-id-on-retry")) message = toOutgoingMessage(preparer.prepare(request));
  }
}

async function sleep(clock: Clock, delayMs: number, signal: AbortSignal | undefined, prepared: PreparedEvent) {
  try {
    await clock.sleep(delayMs, signal);
  } catch (cause) {
    throw new ConcordError(
      "canceled",
      `${nameOf(prepared)} was given up by its caller; it may be stored all the same`,
      {
        cause,
      },
    );
  }
}

/** The last refusal says more than that time is up. */
function givenUp(prepared: PreparedEvent, deadlineMs: number, cause: ConcordError): ConcordError {
  return new ConcordError(
    cause.code,
    `${nameOf(prepared)} was not acknowledged within ${deadlineMs} ms (${cause.code}); it may be stored all the same`,
    { cause, details: { id: prepared.envelope.id } },
  );
}

function nameOf({ contract, envelope }: PreparedEvent): string {
  return `${contract.type} ${envelope.id}`;
}
