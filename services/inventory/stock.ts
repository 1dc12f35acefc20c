import { ConcordError, type Sql } from "@concord/sdk";

/** A product as the stock keeps it. `quantity` is what can still be ordered. */
export interface Product {
  readonly productId: string;
  readonly name: string;
  readonly quantity: number;
  readonly reserved: number;
  readonly price: { readonly minorUnits: bigint; readonly currency: string };
}

/** A product as its listing gives it. */
export interface Listing {
  readonly productId: string;
  readonly name: string;
  readonly quantity: number;
  readonly price?: Product["price"] | undefined;
}

/** A wish for one product. */
export interface Line {
  readonly productId: string;
  readonly quantity: number;
}

/** The first product of which too little is left. */
export interface Shortage {
  readonly productId: string;
  readonly wanted: number;
  readonly left: number;
}

/** Gives a product, or refuses with `not_found`. */
export async function get(sql: Sql, productId: string): Promise<Product> {
  const product = await find(sql, productId);
  if (product) return product;
  throw new ConcordError("not_found", `no product ${productId}; list it with PutProduct`);
}

/** Lists a product or changes a listed one. `quantity` counts what is on hand, held pieces included. */
export async function put(sql: Sql, given: Listing): Promise<Product> {
  const held = (await find(sql, given.productId))?.reserved ?? 0;
  if (given.quantity < held) {
    throw new ConcordError("failed_precondition", `quantity: ${held} pieces of ${given.productId} are held for orders`);
  }
  await sql.query(
    `INSERT INTO product (product_id, name, price_minor, currency, on_hand) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (product_id) DO UPDATE SET name = excluded.name, price_minor = excluded.price_minor,
       currency = excluded.currency, on_hand = excluded.on_hand`,
    [given.productId, given.name, given.price?.minorUnits ?? 0n, given.price?.currency ?? "", given.quantity],
  );
  return get(sql, given.productId);
}

/** Holds all lines of an order or none; tells the first shortage. An order that was seen before is left as it is. */
export async function reserve(
  sql: Sql,
  order: { orderId: string; lines: readonly Line[] },
): Promise<Shortage | undefined> {
  const seen = await sql.query("SELECT state FROM reservation WHERE order_id = $1", [order.orderId]);
  if (seen.length > 0) return undefined;
  const lines = merge(order.lines);
  for (const [index, line] of lines.entries()) {
    if (await hold(sql, line)) continue;
    for (const held of lines.slice(0, index)) await letGo(sql, held);
    return { productId: line.productId, wanted: line.quantity, left: (await find(sql, line.productId))?.quantity ?? 0 };
  }
  await sql.query("INSERT INTO reservation (order_id, state) VALUES ($1, 'HELD')", [order.orderId]);
  for (const { productId, quantity } of lines) {
    const values = [order.orderId, productId, quantity];
    await sql.query("INSERT INTO reservation_line (order_id, product_id, quantity) VALUES ($1, $2, $3)", values);
  }
  return undefined;
}

/** Makes what is held for an order available again; false when nothing is held. */
export async function release(sql: Sql, orderId: string): Promise<boolean> {
  return settle(sql, orderId, "RELEASED", letGo);
}

/** Takes what is held for an order off the shelf; false when nothing is held. */
export async function sell(sql: Sql, orderId: string): Promise<boolean> {
  return settle(sql, orderId, "SOLD", async (tx, { productId, quantity }) => {
    const statement = "UPDATE product SET held = held - $2, on_hand = on_hand - $2 WHERE product_id = $1";
    await tx.query(statement, [productId, quantity]);
  });
}

async function settle(
  sql: Sql,
  orderId: string,
  state: "RELEASED" | "SOLD",
  move: (sql: Sql, line: Line) => Promise<void>,
): Promise<boolean> {
  const moved = await sql.query(
    "UPDATE reservation SET state = $2 WHERE order_id = $1 AND state = 'HELD' RETURNING order_id",
    [orderId, state],
  );
  if (moved.length === 0) return false;
  const lines = await sql.query<{ product_id: string; quantity: number | string }>(
    "SELECT product_id, quantity FROM reservation_line WHERE order_id = $1 ORDER BY product_id",
    [orderId],
  );
  for (const line of lines) await move(sql, { productId: line.product_id, quantity: Number(line.quantity) });
  return true;
}

async function hold(sql: Sql, { productId, quantity }: Line): Promise<boolean> {
  const rows = await sql.query(
    "UPDATE product SET held = held + $2 WHERE product_id = $1 AND on_hand - held >= $2 RETURNING product_id",
    [productId, quantity],
  );
  return rows.length > 0;
}

async function letGo(sql: Sql, { productId, quantity }: Line): Promise<void> {
  await sql.query("UPDATE product SET held = held - $2 WHERE product_id = $1", [productId, quantity]);
}

/** One line per product, in one order for all, so that two orders never lock products crosswise. */
function merge(lines: readonly Line[]): Line[] {
  const wanted = new Map<string, number>();
  for (const { productId, quantity } of lines) wanted.set(productId, (wanted.get(productId) ?? 0) + quantity);
  return [...wanted]
    .map(([productId, quantity]) => ({ productId, quantity }))
    .sort((a, b) => (a.productId < b.productId ? -1 : 1));
}

interface ProductRow {
  product_id: string;
  name: string;
  price_minor: number | string | bigint;
  currency: string;
  on_hand: number | string;
  held: number | string;
}

async function find(sql: Sql, productId: string): Promise<Product | undefined> {
  const [row] = await sql.query<ProductRow>("SELECT * FROM product WHERE product_id = $1", [productId]);
  if (!row) return undefined;
  return {
    productId: row.product_id,
    name: row.name,
    quantity: Number(row.on_hand) - Number(row.held),
    reserved: Number(row.held),
    price: { minorUnits: BigInt(row.price_minor), currency: row.currency },
  };
}
