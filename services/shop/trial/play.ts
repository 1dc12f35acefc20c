import { openBooks } from "./books.ts";
import type { Market } from "./market.ts";
import { drawOperations } from "./operations.ts";
import { createTrader } from "./trader.ts";

/** How a trial is held. */
export interface TrialOptions {
  /** Draws from 0 to below 1; a trial with the same numbers does the same operations. */
  readonly random: () => number;
  readonly operations: number;
  /** Operations at once. */
  readonly atOnce: number;
  /** Operations between two looks into the books. */
  readonly auditEvery: number;
}

/**
 * Does random operations to a shop, several at once, while its processes die, and looks into its books again and again.
 * @throws {Error} naming what is wrong in the books.
 */
export async function playTrial(market: Market, options: TrialOptions): Promise<void> {
  const { random, atOnce, auditEvery } = options;
  const books = await openBooks(market);
  const trader = createTrader(market, books);
  const operations = drawOperations(random, options.operations);
  for (let done = 0; done < operations.length; ) {
    const batch = operations.slice(done, done + atOnce);
    await Promise.all(batch.map((operation, index) => trader.perform(operation, done + index)));
    const before = done;
    done += batch.length;
    const due = Math.floor(before / auditEvery) < Math.floor(done / auditEvery) || done === operations.length;
    if (due) await market.settle(books.audit);
  }
}
