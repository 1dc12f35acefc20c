import { PaymentMethod } from "@concord/gen/shop/common/v1/payment_method_pb.js";
import { InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { type Order, OrderService, OrderStatus } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { type Payment, PaymentService, PaymentStatus } from "@concord/gen/shop/payments/v1/payments_pb.js";
import { UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import type { Market } from "./market.ts";
import { customers, products } from "./operations.ts";

/** What has to be true of a shop, whatever was done to it. */
export interface Books {
  /** Money came from outside, or went there. */
  adjusted(userId: string, minorUnits: bigint): void;
  /** Something is wrong for good. */
  fault(text: string): void;
  /** Looks at every balance, order, payment and shelf, and tells each fault. */
  audit(): Promise<readonly string[]>;
}

interface Shelf {
  readonly onHand: number;
}

/** A look into the books is no test of speed. */
const patiently = { timeoutMs: 60_000 };

const paid: readonly OrderStatus[] = [OrderStatus.CONFIRMED, OrderStatus.SHIPPED, OrderStatus.DELIVERED];
const sold: readonly OrderStatus[] = [OrderStatus.SHIPPED, OrderStatus.DELIVERED];

/** Opens the books of a shop in which nothing goes on. */
export async function openBooks(market: Market): Promise<Books> {
  const money = new Map(await readBalances(market));
  const shelves = new Map(await readShelves(market));
  const faults: string[] = [];
  return {
    adjusted: (userId, minorUnits) => void money.set(userId, (money.get(userId) ?? 0n) + minorUnits),
    fault: (text) => void faults.push(text),
    async audit() {
      const [orders, payments] = await Promise.all([readOrders(market), readPayments(market)]);
      const found = [
        ...judgeMoney(money, await readBalances(market), payments),
        ...judgeOrders(orders, payments),
        ...judgeStock(shelves, await readStock(market), orders),
      ];
      return [...faults, ...found];
    },
  };
}

/** What a user was given less what was captured from the balance is what is left: each payment moved its money once. */
function judgeMoney(
  given: ReadonlyMap<string, bigint>,
  balances: readonly (readonly [string, bigint])[],
  payments: readonly Payment[],
): string[] {
  return balances.flatMap(([userId, balance]) => {
    const captured = payments.filter(
      (payment) =>
        payment.userId === userId &&
        payment.method === PaymentMethod.BALANCE &&
        payment.status === PaymentStatus.CAPTURED,
    );
    const sum = captured.reduce((total, { amount }) => total + (amount?.minorUnits ?? 0n), 0n);
    const wanted = (given.get(userId) ?? 0n) - sum;
    return wanted === balance && balance >= 0n ? [] : [`user ${userId} has ${balance} instead of ${wanted}`];
  });
}

function judgeOrders(orders: readonly Order[], payments: readonly Payment[]): string[] {
  const byOrder = Map.groupBy(payments, ({ orderId }) => orderId);
  return orders.flatMap((order) => {
    const own = byOrder.get(order.orderId) ?? [];
    const captured = own.filter(({ status }) => status === PaymentStatus.CAPTURED).length;
    const wanted = paid.includes(order.status) ? 1 : 0;
    const name = `order ${order.orderId}, ${OrderStatus[order.status]},`;
    return [
      ...(captured === wanted ? [] : [`${name} has ${captured} captured payments`]),
      ...(own.some(({ status }) => status === PaymentStatus.PENDING) ? [`${name} has a payment on its way`] : []),
      ...(isAtRest(order) ? [] : [`${name} is on its way`]),
    ];
  });
}

/** Whether nothing will happen to an order unless somebody does something. */
function isAtRest({ status, payable }: Order): boolean {
  if (status === OrderStatus.PENDING || status === OrderStatus.INVENTORY_RESERVED) return payable;
  return true;
}

/** All pieces are on the shelf, held for an order that is open or paid, or sold; each once. */
function judgeStock(shelves: ReadonlyMap<string, Shelf>, stock: readonly Stock[], orders: readonly Order[]): string[] {
  const count = (productId: string, counts: (order: Order) => boolean) =>
    orders
      .filter(counts)
      .flatMap(({ lines }) => lines)
      .filter((line) => line.productId === productId)
      .reduce((sum, { quantity }) => sum + quantity, 0);
  return stock.flatMap(({ productId, quantity, reserved }) => {
    const held = count(productId, (order) => order.status === OrderStatus.CONFIRMED || order.payable);
    const gone = count(productId, ({ status }) => sold.includes(status));
    const all = shelves.get(productId)?.onHand ?? 0;
    return [
      ...(reserved === held ? [] : [`${reserved} of ${productId} are held, for orders of ${held}`]),
      ...(quantity + held + gone === all && quantity >= 0
        ? []
        : [`${quantity} of ${productId} left, ${held} held and ${gone} sold of ${all}`]),
    ];
  });
}

async function readBalances(market: Market): Promise<readonly (readonly [string, bigint])[]> {
  const read = async (userId: string) => {
    const { balance } = await market.client(UserService).getBalance({ userId }, patiently);
    return [userId, balance?.minorUnits ?? 0n] as const;
  };
  return Promise.all(customers.map(read));
}

interface Stock {
  readonly productId: string;
  readonly quantity: number;
  readonly reserved: number;
}

function readStock(market: Market): Promise<readonly Stock[]> {
  return Promise.all(products.map((productId) => market.client(InventoryService).getStock({ productId }, patiently)));
}

async function readShelves(market: Market): Promise<readonly (readonly [string, Shelf])[]> {
  const stock = await readStock(market);
  return stock.map(({ productId, quantity, reserved }) => [productId, { onHand: quantity + reserved }] as const);
}

async function readOrders(market: Market): Promise<readonly Order[]> {
  return readPages(async (pageToken) => {
    const { orders, nextPageToken } = await market
      .client(OrderService)
      .listOrders({ pageSize: 100, pageToken }, patiently);
    return { items: orders, nextPageToken };
  });
}

async function readPayments(market: Market): Promise<readonly Payment[]> {
  return readPages(async (pageToken) => {
    const { payments, nextPageToken } = await market
      .client(PaymentService)
      .listPayments({ pageSize: 100, pageToken }, patiently);
    return { items: payments, nextPageToken };
  });
}

async function readPages<Item>(
  read: (pageToken: string) => Promise<{ items: readonly Item[]; nextPageToken: string }>,
): Promise<readonly Item[]> {
  const all: Item[] = [];
  for (let pageToken = ""; ; ) {
    const { items, nextPageToken } = await read(pageToken);
    all.push(...items);
    if (nextPageToken === "") return all;
    pageToken = nextPageToken;
  }
}
