import { setImmediate as nextTurn } from "node:timers/promises";
import type { StoredMessage } from "../core/message.ts";
import type { ConsumeRequest, Delivery } from "../core/transport.ts";
import { type WaitLimits, waitForBell } from "./bell.ts";
import type { Durable } from "./durables.ts";
import type { EventLog } from "./log.ts";
import { compileFilter } from "./subject-filter.ts";

/** Most deliveries in one batch. */
const maxBatch = 256;

/**
 * Delivers a stream's messages under a durable: first what is due again, then what is new, each in order, as far as
 * `maxAckPending` allows. A delivery is counted before it is handed out, so that the count outlives the process.
 * @throws {ConcordError} `not_found`, `unavailable` when the log is closed
 */
export async function* consume(log: EventLog, request: ConsumeRequest): AsyncGenerator<readonly Delivery[]> {
  log.checkOpen();
  const durable = openDurable(log, request);
  const { stream } = durable;
  const limits = { signal: AbortSignal.any([request.signal, log.closing]), clock: log.clock };
  log.retention.expire(stream);
  while (!request.signal.aborted) {
    log.checkOpen();
    const { deliveries, goOn } = claim(log, durable, request);
    if (deliveries.length > 0) yield deliveries;
    // While the caller had the batch, acknowledgements may have made room: no bell tells of them later.
    if (deliveries.length > 0 || goOn) await nextTurn();
    else await waitForChange(log, durable, limits);
  }
}

/** Finds or makes the durable; another filter replaces its own, with a warning. */
function openDurable({ file, streams, durables }: EventLog, request: ConsumeRequest): Durable {
  const stream = streams.get(request.stream);
  const { durable: name, filter, onWarning } = request;
  const known = durables.find(stream, name);
  if (!known) {
    file.transaction("disk", () => durables.create(stream, name, filter));
    return durables.find(stream, name)!;
  }
  if (known.filter.text === filter) return known;
  onWarning?.(`the durable ${name} of ${stream.name} now delivers ${filter} instead of ${known.filter.text}`);
  file.transaction("disk", () => durables.setFilter(known, filter));
  known.filter = compileFilter(filter);
  known.changed.ring();
  return known;
}

function waitForChange({ durables }: EventLog, durable: Durable, limits: WaitLimits): Promise<void> {
  const bells = [durable.stream.appended(durable.filter), durable.changed];
  return waitForBell(bells, { ...limits, untilMs: durables.nextDueMs(durable) });
}

interface Claim {
  readonly deliveries: readonly Delivery[];
  /** There may be more at once. */
  readonly goOn: boolean;
}

function claim(log: EventLog, durable: Durable, { maxAckPending, ackWaitMs }: ConsumeRequest): Claim {
  const { file, durables, clock } = log;
  const { stream } = durable;
  const nowMs = clock.now();
  const found: { message: StoredMessage; deliveries: number }[] = [];
  const position = file.transaction("process", () => {
    for (const { sequence, deliveries } of durables.due(durable, nowMs, Math.min(maxBatch, maxAckPending))) {
      const row = stream.table.get(sequence);
      if (row) found.push({ message: stream.toMessage(row), deliveries: deliveries + 1 });
    }
    const room = Math.min(maxBatch - found.length, maxAckPending - durables.countPending(durable));
    const page = room > 0 ? stream.page(durable.filter, durable.position, room) : undefined;
    for (const message of page?.messages ?? []) found.push({ message, deliveries: 1 });
    for (const { message } of found) durables.deliver(durable, Number(message.sequence), nowMs + ackWaitMs);
    if (page && page.messages.length > 0) durables.advance(durable, page.position);
    return page?.position;
  });
  durable.position = position ?? durable.position;
  return {
    deliveries: found.map(({ message, deliveries }) => toDelivery(log, durable, message, { deliveries, ackWaitMs })),
    goOn: position !== undefined && position < stream.counts.lastSequence,
  };
}

function toDelivery(
  { file, durables, clock, checkOpen, closing }: EventLog,
  durable: Durable,
  message: StoredMessage,
  { deliveries, ackWaitMs }: { deliveries: number; ackWaitMs: number },
): Delivery {
  const pending = { sequence: Number(message.sequence), deliveries };
  const change = async (write: () => void) => {
    checkOpen();
    file.transaction("process", write);
    durable.changed.ring();
  };
  return {
    ...message,
    deliveries,
    ack: () => change(() => durables.acknowledge(durable, pending.sequence)),
    retry: (delayMs) => change(() => durables.postpone(durable, pending, clock.now() + delayMs, false)),
    extend: () => {
      if (closing.aborted) return;
      file.transaction("process", () => durables.postpone(durable, pending, clock.now() + ackWaitMs, true));
    },
  };
}
