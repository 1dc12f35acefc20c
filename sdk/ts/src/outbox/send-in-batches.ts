import { isConcordError } from "../core/error.ts";
import type { PublishAck } from "../core/message.ts";
import type { OutboxRow } from "../core/store/outbox-store.ts";
import { type RowSender, sendInOrder } from "./send-in-order.ts";

/** Most rows of one atomic batch; the broker's own limit is 1,000. */
export const maxBatchRows = 500;

/** From here on a batch is faster than single sends: it costs the broker a few milliseconds, whatever its size. */
const worthwhileRows = 250;

/** The same for rows of one key, which would go out one after the other. */
const worthwhileRowsOfKey = 50;

/** What sending in atomic batches needs besides single sends. */
export interface BatchSender extends RowSender {
  publishAtomically(rows: readonly OutboxRow[]): Promise<readonly PublishAck[]>;
  /** False takes the fallback away, for a proof. */
  readonly oneByOneFallback: boolean;
  /** Least rows of a batch. Default: where it begins to be faster than single sends, as measured. */
  readonly minBatchRows?: number | undefined;
}

/**
 * Sends rows in atomic batches, one stream each. A key's rows are in one batch in their order, or the later ones wait for
 * the acknowledgement of the earlier ones. A rejected batch goes one by one: one repetition or oversized row rejects the
 * whole of it without saying which.
 * @returns false when a batch was not answered, so that its rows may be repetitions when they are sent again
 */
export async function sendInBatches(rows: readonly OutboxRow[], sender: BatchSender): Promise<boolean> {
  let waiting = rows;
  let answered = true;
  while (waiting.length > 0) {
    const { batches, later } = nextBatches(waiting);
    const outcomes = await Promise.all(batches.map((batch) => sendBatch(batch, sender)));
    answered &&= outcomes.every((outcome) => outcome.answered);
    waiting = later.filter(({ key }) => key === undefined || !outcomes.some(({ stopped }) => stopped.has(key)));
  }
  return answered;
}

interface BatchOutcome {
  readonly answered: boolean;
  /** The keys of which a row was not acknowledged. */
  readonly stopped: ReadonlySet<string>;
}

async function sendBatch(batch: readonly OutboxRow[], sender: BatchSender): Promise<BatchOutcome> {
  const oneByOne = async () => ({ answered: true, stopped: await sendInOrder(batch, sender) });
  if (!isWorthwhile(batch, sender.minBatchRows) || !batch.every((row) => sender.mayGoOn(row))) return oneByOne();
  let acks: readonly PublishAck[];
  try {
    acks = await sender.publishAtomically(batch);
  } catch (thrown) {
    if (sender.oneByOneFallback && !isUnreachable(thrown)) return oneByOne();
    await sender.onFailure(batch[0]!, thrown);
    return { answered: false, stopped: new Set(batch.flatMap(({ key }) => key ?? [])) };
  }
  for (const [index, row] of batch.entries()) {
    const noted = sender.onAck(row, acks[index]!);
    if (noted) await noted;
  }
  return { answered: true, stopped: new Set() };
}

function isWorthwhile(batch: readonly OutboxRow[], minRows: number | undefined): boolean {
  if (batch.length < 2 || batch.length >= (minRows ?? worthwhileRows)) return batch.length >= 2;
  if (minRows !== undefined || batch.length < worthwhileRowsOfKey) return false;
  const rowsOfKey = new Map<string, number>();
  for (const { key } of batch) if (key !== undefined) rowsOfKey.set(key, (rowsOfKey.get(key) ?? 0) + 1);
  return Math.max(0, ...rowsOfKey.values()) >= worthwhileRowsOfKey;
}

/** The rows of the first batch of each stream, and those that must wait for them. */
function nextBatches(rows: readonly OutboxRow[]): { batches: OutboxRow[][]; later: OutboxRow[] } {
  const batches = new Map<string, OutboxRow[]>();
  const batchOfKey = new Map<string, OutboxRow[] | undefined>();
  const later: OutboxRow[] = [];
  for (const row of rows) {
    const batch = batches.get(row.stream) ?? [];
    batches.set(row.stream, batch);
    const fits = batch.length < maxBatchRows && (!isKnown(row) || batchOfKey.get(row.key!) === batch);
    if (row.key !== undefined) batchOfKey.set(row.key, fits ? batch : undefined);
    (fits ? batch : later).push(row);
  }
  return { batches: [...batches.values()].filter((batch) => batch.length > 0), later };

  function isKnown({ key }: OutboxRow): boolean {
    return key !== undefined && batchOfKey.has(key);
  }
}

function isUnreachable(thrown: unknown): boolean {
  const codes = ["unavailable", "deadline_exceeded", "unauthenticated", "canceled"] as const;
  return codes.some((code) => isConcordError(thrown, code));
}
