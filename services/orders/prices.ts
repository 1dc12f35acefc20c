import { InventoryService, type ProductListed } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import type { OrderItem } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { ConcordError, createBreaker, isConcordError, type Sql } from "@concord/sdk";
import { createRpcClient } from "@concord/sdk/rpc";

/** What one product costs. */
export interface Price {
  readonly productId: string;
  readonly name: string;
  readonly minorUnits: bigint;
  readonly currency: string;
}

/** A wish at its price. */
export interface PricedLine extends Price {
  readonly quantity: number;
}

/** Asks inventory for a product that the price list does not have. */
export type AskPrice = (productId: string, signal: AbortSignal) => Promise<Price>;

/**
 * Asks inventory by RPC for at most a second. When it fails five times in a row it is not asked for ten seconds, so that
 * orders of listed products are not slowed by it.
 */
export function createAskPrice(url: () => string): AskPrice {
  const breaker = createBreaker({
    name: "inventory",
    failures: 5,
    resetMs: 10_000,
    ignore: (e) => isConcordError(e, "not_found"),
  });
  return (productId, signal) =>
    breaker.run(async () => {
      const client = createRpcClient(InventoryService, { url: url(), timeoutMs: 1_000 });
      const stock = await client.getStock({ productId }, { signal });
      return {
        productId,
        name: stock.name,
        minorUnits: stock.price?.minorUnits ?? 0n,
        currency: stock.price?.currency ?? "",
      };
    });
}

/** Keeps a listed price. */
export async function list(sql: Sql, { productId, name, price }: ProductListed): Promise<void> {
  await sql.query(
    `INSERT INTO price (product_id, name, minor_units, currency) VALUES ($1, $2, $3, $4)
     ON CONFLICT (product_id) DO UPDATE SET name = excluded.name, minor_units = excluded.minor_units, currency = excluded.currency`,
    [productId, name, price?.minorUnits ?? 0n, price?.currency ?? ""],
  );
}

/** Prices every item, or refuses naming the item that cannot be bought so. */
export async function priceAll(
  sql: Sql,
  items: readonly OrderItem[],
  ask: AskPrice,
  signal: AbortSignal,
): Promise<readonly PricedLine[]> {
  const lines: PricedLine[] = [];
  for (const [index, item] of items.entries()) {
    const price = (await find(sql, item.productId)) ?? (await askFor(item.productId, index, ask, signal));
    const field = `items[${index}].price`;
    if (item.price && (item.price.minorUnits !== price.minorUnits || item.price.currency !== price.currency)) {
      throw refuse(
        field,
        `${item.productId} costs ${price.minorUnits} ${price.currency} in minor units; order at that price`,
      );
    }
    if (price.currency !== (lines[0] ?? price).currency) throw refuse(field, "one order has one currency");
    lines.push({ ...price, quantity: item.quantity });
  }
  return lines;
}

async function find(sql: Sql, productId: string): Promise<Price | undefined> {
  const [row] = await sql.query<{ name: string; minor_units: number | string | bigint; currency: string }>(
    "SELECT name, minor_units, currency FROM price WHERE product_id = $1",
    [productId],
  );
  return row && { productId, name: row.name, minorUnits: BigInt(row.minor_units), currency: row.currency };
}

async function askFor(productId: string, index: number, ask: AskPrice, signal: AbortSignal): Promise<Price> {
  try {
    return await ask(productId, signal);
  } catch (error) {
    if (isConcordError(error, "not_found"))
      throw refuse(`items[${index}].product_id`, `there is no product ${productId}`);
    throw new ConcordError("unavailable", `the price of ${productId} is not known yet; order again in a moment`, {
      cause: error,
    });
  }
}

function refuse(field: string, message: string): ConcordError {
  return new ConcordError("invalid_argument", `${field}: ${message}`, { details: { field } });
}
