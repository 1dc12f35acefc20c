import { InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { PaymentService } from "@concord/gen/shop/payments/v1/payments_pb.js";
import { BalanceChange, UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import { createRpcClient } from "@concord/sdk/rpc";
import type { MailCatcher } from "./mail-catcher.ts";
import { type Played, playOrder, type Stage, StoryError, toClientOptions } from "./play-order.ts";

/** What the story is told with. */
export interface StoryOptions extends Omit<Stage, "timeoutMs"> {
  readonly mails: MailCatcher;
  readonly say: (line: string) => void;
  /** How long each order may take to its end, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
}

/** A story that is being told. */
type Telling = Required<Omit<StoryOptions, "interrupt" | "token">> & Stage;

/**
 * Plays three orders through the real services and tells what they answered: one that is confirmed, with its mail, one that
 * is cancelled because too little is in stock, and one that alice pays from her balance. In a shop that was kept from an
 * earlier telling it first sees to what the story needs.
 * @throws {StoryError} when an order ends otherwise or a mail does not come.
 */
export async function tellStory(options: StoryOptions): Promise<void> {
  const telling = { timeoutMs: 30_000, ...options };
  await buyKeyboards(telling);
  await askForTooMany(telling);
  await payFromBalance(telling);
}

async function buyKeyboards(telling: Telling): Promise<void> {
  const { mails, say, timeoutMs } = telling;
  await restock(telling, "keyboard", 2);
  const wish = { userId: "ada", productId: "keyboard", quantity: 2, end: OrderStatus.CONFIRMED };
  const bought = await playOrder(wish, telling);
  const { orderId } = bought.order;
  const mail = await mails.waitFor(`${orderId} is confirmed`, timeoutMs);
  if (!mail) throw new StoryError(`order ${orderId} was confirmed, but no mail said so`);
  say(`✓ order ${short(bought)}  2 × keyboard  ${path(bought)}   ${bought.durationMs} ms   mail to ${mail.to}`);
  say(`    "${mail.subject}"`);
}

async function askForTooMany({ say, ...stage }: Telling): Promise<void> {
  const wish = { userId: "ada", productId: "keyboard", quantity: 100, end: OrderStatus.CANCELLED };
  const refused = await playOrder(wish, stage);
  say(`✓ order ${short(refused)}  100 × keyboard  ${path(refused)}  ${refused.order.cancellationDetail}`);
}

async function payFromBalance({ say, ...stage }: Telling): Promise<void> {
  const userId = "1";
  await restock(stage, "phone", 1);
  const before = await balanceOf(stage, userId);
  const payments = createRpcClient(PaymentService, toClientOptions(stage));
  const pay = async (orderId: string) => void (await payments.payOrder({ orderId, userId }));
  const bought = await playOrder({ userId, productId: "phone", quantity: 1, pay, end: OrderStatus.CONFIRMED }, stage);
  const price = bought.order.total?.minorUnits ?? 0n;
  const { balance } = await createRpcClient(UserService, toClientOptions(stage)).getBalance({ userId });
  const after = balance?.minorUnits ?? 0n;
  const sum = `${amount(before)} − ${amount(price)} = ${amount(after)}`;
  if (before - price !== after) throw new StoryError(`alice paid order ${bought.order.orderId}, but ${sum}`);
  say(`✓ order ${short(bought)}  1 × phone  ${path(bought)}   paid by alice: ${sum}`);
}

/** Sees to it that so many can be ordered. */
async function restock(stage: Stage, productId: string, wanted: number): Promise<void> {
  const inventory = createRpcClient(InventoryService, toClientOptions(stage));
  const { name, price, quantity, reserved } = await inventory.getStock({ productId });
  if (quantity >= wanted) return;
  await inventory.putProduct({ productId, name, quantity: reserved + 12, ...(price && { price }) });
}

/** What a user can pay with, at least 500.00. */
async function balanceOf(stage: Stage, userId: string): Promise<bigint> {
  const least = 50_000n;
  const users = createRpcClient(UserService, toClientOptions(stage));
  const { balance: known } = await users.getBalance({ userId });
  const missing = least - (known?.minorUnits ?? 0n);
  if (missing <= 0n) return least - missing;
  const given = { minorUnits: missing, currency: "USD" };
  const operationId = crypto.randomUUID();
  await users.adjustBalance({ userId, change: BalanceChange.ADD, amount: given, operationId });
  return least;
}

function path({ order }: Played): string {
  return order.history.map(({ status }) => OrderStatus[status]).join(" → ");
}

function short({ order: { orderId } }: Played): string {
  return `${orderId.slice(0, 4)}…${orderId.slice(-2)}`;
}

/** 29999n becomes 299.99. */
function amount(minorUnits: bigint): string {
  return (Number(minorUnits) / 100).toFixed(2);
}
