import type { OutboxRow } from "../core/store/outbox-store.ts";
import type { RelayScope } from "./relay-scope.ts";
import { createRelaySender } from "./relay-sender.ts";
import { maxBatchRows, sendInBatches } from "./send-in-batches.ts";
import { sendInOrder } from "./send-in-order.ts";
import { createStoppedKeys } from "./stopped-keys.ts";

/** Relays one partition of an outbox. */
export interface PartitionRelay {
  /** Sends what can be sent now and gives the number of rows sent. Ends early when the signal aborts. */
  drain(signal: AbortSignal): Promise<number>;
  /** Milliseconds until a stopped key may go on; undefined when none is. */
  nextInMs(): number | undefined;
  /** Number of keys that wait after a failure. */
  readonly stoppedKeys: number;
}

const maxPageRows = maxBatchRows;
const minPageRows = 16;
const pageBytes = 4 * 1024 * 1024;
/** With more keys stopped than this, the partition waits for the first of them instead of naming them all. */
const maxStoppedKeys = 1_000;

/**
 * Walks one partition from its lowest row again and again: read, send in key order, delete what is acknowledged. It
 * remembers nothing that matters: another relay that starts in between, or goes on beside it, only repeats sends.
 */
export function createPartitionRelay(partition: number, scope: RelayScope): PartitionRelay {
  const { store, storeWindow, transport, clock, probe, pauses } = scope;
  const stopped = createStoppedKeys(clock);
  let pageRows = maxPageRows;
  let blocked = false;
  /** After a batch without an answer: its rows may be stored, and a batch with a repetition is refused. */
  let sendSingly = false;
  let highestId = -1n;

  return {
    drain,
    nextInMs: () => stopped.nextInMs(),
    get stoppedKeys() {
      return stopped.size;
    },
  };

  async function drain(signal: AbortSignal): Promise<number> {
    const mayRun = () => !signal.aborted && !probe.crashed && !blocked && pauses.broker.remainingMs() === 0;
    let sent = 0;
    while (mayRun()) {
      const { rows, isLast } = await readPage();
      if (rows.length === 0) break;
      await probe.reach("relay.claim");
      const acknowledged = await sendPage(rows, mayRun);
      sent += acknowledged;
      if (isLast || acknowledged === 0) break;
    }
    return sent;
  }

  async function readPage(): Promise<{ rows: readonly OutboxRow[]; isLast: boolean }> {
    const skipKeys = stopped.current();
    if (stopped.size > maxStoppedKeys) return { rows: [], isLast: true };
    const limit = pageRows + stopped.keylessRows;
    const read = await withStore(() => store.read(partition, limit, skipKeys));
    adaptPage(read);
    const rows = read.filter((row) => !stopped.has(row));
    return { rows: probe.without("cursor-by-id") ? beyondHighest(rows) : rows, isLast: read.length < limit };
  }

  /** Keeps a page's bytes bounded, whatever the size of its events. */
  function adaptPage(rows: readonly OutboxRow[]): void {
    if (rows.length === 0) return;
    const bytes = rows.reduce((sum, { body }) => sum + body.length, 1);
    const fitting = Math.floor((pageBytes * rows.length) / bytes);
    pageRows = Math.min(maxPageRows, Math.max(minPageRows, fitting));
  }

  async function sendPage(rows: readonly OutboxRow[], mayRun: () => boolean): Promise<number> {
    const acknowledged: bigint[] = [];
    if (probe.without("delete-before-ack")) await store.delete(rows.map(({ id }) => id));
    const sending = send(rows, acknowledged, mayRun);
    sending.catch(() => {});
    await probe.reach("relay.batch");
    await sending;
    if (acknowledged.length === 0 || probe.crashed) return 0;
    await withStore(() => store.delete(acknowledged));
    await probe.reach("relay.delete");
    await probe.reach("relay.commit");
    return acknowledged.length;
  }

  async function send(rows: readonly OutboxRow[], acknowledged: bigint[], mayRun: () => boolean): Promise<void> {
    const sender = createRelaySender({ scope, stopped, acknowledged, mayRun, onQuarantine });
    if (!transport.features.atomicBatch || rows.length < 2 || sendSingly) {
      await sendInOrder(rows, sender);
      sendSingly = false;
    } else {
      const answered = await sendInBatches(rows, sender);
      sendSingly = !answered && sender.oneByOneFallback;
    }
  }

  /** Few at once, so that a backlog does not take all of the service's database connections. */
  async function withStore<Result>(use: () => Promise<Result>): Promise<Result> {
    const place = storeWindow.enter();
    if (place) await place;
    try {
      return await use();
    } finally {
      storeWindow.leave();
    }
  }

  function onQuarantine(): void {
    if (probe.without("quarantine-blocks-all")) blocked = true;
  }

  /** The planted fault of trap T1: a cursor over ids skips rows that commit late. */
  function beyondHighest(rows: readonly OutboxRow[]): readonly OutboxRow[] {
    const newer = rows.filter(({ id }) => id > highestId);
    highestId = newer.at(-1)?.id ?? highestId;
    return newer;
  }
}
