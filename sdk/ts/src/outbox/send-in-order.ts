import type { PublishAck } from "../core/message.ts";
import type { OutboxRow } from "../core/store/outbox-store.ts";
import type { SendWindow } from "./send-window.ts";

/** How rows get to the broker, and what their answers mean. */
export interface RowSender {
  readonly window: SendWindow;
  /** False lets a key's rows go out side by side, for a proof. */
  readonly oneOutstanding: boolean;
  publish(row: OutboxRow): Promise<PublishAck>;
  /** Tells whether a row may be sent now: its key is not stopped, and nobody told the session to end. */
  mayGoOn(row: OutboxRow): boolean;
  onAck(row: OutboxRow, ack: PublishAck): Promise<void> | undefined;
  /** Takes note of a failure; true when later rows of the key may be sent all the same. */
  onFailure(row: OutboxRow, thrown: unknown): Promise<boolean>;
}

/**
 * Sends rows so that each goes out only when every earlier row of its key is acknowledged (delivery.md section 3). Keys
 * share a window; a failure or timeout ends its key's turn, because nobody knows whether the row was stored.
 * @returns the keys whose turn ended early
 */
export async function sendInOrder(rows: readonly OutboxRow[], sender: RowSender): Promise<ReadonlySet<string>> {
  const stopped = new Set<string>();
  const chains = sender.oneOutstanding ? chainsByKey(rows) : rows.map((row) => [row]);
  const turns = await Promise.allSettled([...chains].map((chain) => sendChain(chain, sender, stopped)));
  const broken = turns.find((turn) => turn.status === "rejected");
  if (broken) throw broken.reason;
  return stopped;
}

async function sendChain(chain: readonly OutboxRow[], sender: RowSender, stopped: Set<string>): Promise<void> {
  for (const row of chain) {
    if (await sendRow(row, sender)) continue;
    if (row.key !== undefined) stopped.add(row.key);
    return;
  }
}

async function sendRow(row: OutboxRow, sender: RowSender): Promise<boolean> {
  const { window } = sender;
  const place = window.enter();
  if (place) await place;
  let ack: PublishAck;
  try {
    if (!sender.mayGoOn(row)) return false;
    ack = await sender.publish(row);
  } catch (thrown) {
    return await sender.onFailure(row, thrown);
  } finally {
    window.leave();
  }
  const noted = sender.onAck(row, ack);
  if (noted) await noted;
  return true;
}

/** Rows of one key in their order; a row without a key stands alone. */
function chainsByKey(rows: readonly OutboxRow[]): Iterable<OutboxRow[]> {
  const chains = new Map<string | bigint, OutboxRow[]>();
  for (const row of rows) {
    const chain = chains.get(row.key ?? row.id);
    if (chain) chain.push(row);
    else chains.set(row.key ?? row.id, [row]);
  }
  return chains.values();
}
