import { backoffDelayMs } from "../core/backoff.ts";
import { readServiceSubject } from "../core/dead-letter.ts";
import type { OutgoingMessage, PublishAck } from "../core/message.ts";
import type { OutboxRow } from "../core/store/outbox-store.ts";
import { judgeFailure, type SendFailure } from "./relay-failure.ts";
import type { RelayScope } from "./relay-scope.ts";
import type { BatchSender } from "./send-in-batches.ts";
import type { StoppedKeys } from "./stopped-keys.ts";

/** What one page of rows is sent with. */
export interface RelaySenderOptions {
  readonly scope: RelayScope;
  readonly stopped: StoppedKeys;
  /** Takes the ids of rows that the broker has. */
  readonly acknowledged: bigint[];
  /** False once the partition must send no more. */
  readonly mayRun: () => boolean;
  readonly onQuarantine: () => void;
}

/** Sends rows of one partition and keeps account of answers and failures. */
export function createRelaySender(options: RelaySenderOptions): BatchSender {
  const { scope, stopped, acknowledged, mayRun, onQuarantine } = options;
  const { transport, store, probe, pauses, counts, log } = scope;

  return {
    window: scope.window,
    oneByOneFallback: !probe.without("no-one-by-one-fallback"),
    minBatchRows: scope.minBatchRows,
    oneOutstanding: !probe.without("two-outstanding-of-a-key"),
    publish: (row) => transport.publish(toMessage(row)),
    publishAtomically: (rows) => transport.publishAtomically!(rows.map(toMessage)),
    mayGoOn,
    onAck,
    async onFailure(row, thrown) {
      counts.failed++;
      const goOn = await settleFailure(row, judgeFailure(thrown));
      return goOn || probe.without("go-on-after-failure");
    },
  };

  function mayGoOn(row: OutboxRow): boolean {
    if (!mayRun()) return false;
    const waitMs = pauses.streamRemainingMs(row.stream);
    if (waitMs > 0) stopped.stop(row, waitMs);
    return waitMs === 0;
  }

  function onAck(row: OutboxRow, { duplicate }: PublishAck): Promise<void> | undefined {
    counts.published++;
    if (duplicate) counts.duplicates++;
    if (pauses.succeed(row.stream)) log.info({ stream: row.stream }, "the broker takes messages again");
    acknowledged.push(row.id);
    return probe.on ? reachPublished(row) : undefined;
  }

  async function reachPublished({ subject }: OutboxRow): Promise<void> {
    await probe.reach("relay.publish");
    if (readServiceSubject(subject)?.tree === "dlq") await probe.reach("dead.publish");
  }

  /** True when later rows of the key may be sent all the same: never, but for a planted fault. */
  async function settleFailure(row: OutboxRow, failure: SendFailure): Promise<boolean> {
    if (failure.kind === "broker") pauseBroker(failure);
    else if (failure.kind === "stream") pauseStream(row, failure);
    else if (failure.final || row.attempts + 1 >= scope.maxAttempts) return quarantine(row, failure);
    else await retryLater(row, failure);
    return false;
  }

  function pauseBroker({ cause }: SendFailure): void {
    const delayMs = pauses.broker.begin();
    if (delayMs !== undefined) log.warn({ cause, delayMs }, "the broker takes no messages; the outbox keeps them");
  }

  function pauseStream(row: OutboxRow, { cause }: SendFailure): void {
    const pause = pauses.stream(row.stream);
    const delayMs = pause.begin();
    stopped.stop(row, pause.remainingMs());
    if (delayMs !== undefined) {
      log.warn({ stream: row.stream, cause, delayMs }, "a stream takes no messages; the outbox keeps them");
    }
  }

  async function retryLater(row: OutboxRow, { cause }: SendFailure): Promise<void> {
    const delayMs = backoffDelayMs(scope.retry, row.attempts + 1, scope.random);
    stopped.stop(row, delayMs);
    await store.recordFailure(row.id, cause);
    log.warn({ ...idsOf(row), cause, attempts: row.attempts + 1, delayMs }, "an outbox row could not be sent");
  }

  async function quarantine(row: OutboxRow, { cause }: SendFailure): Promise<boolean> {
    await store.quarantine(row.id, cause);
    counts.quarantined++;
    log.error({ ...idsOf(row), cause }, "an outbox row was put aside; its key waits until it is released or dropped");
    await probe.reach("relay.quarantine");
    onQuarantine();
    return probe.without("quarantine-blocks-none");
  }

  function toMessage(row: OutboxRow): OutgoingMessage {
    return probe.without("no-message-id") ? { ...row, messageId: String(scope.random()) } : row;
  }
}

function idsOf({ id, stream, subject, messageId }: OutboxRow) {
  return { outboxId: String(id), stream, subject, messageId };
}
