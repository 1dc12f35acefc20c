import { PaymentMethod } from "@concord/gen/shop/common/v1/payment_method_pb.js";

/** Something that somebody does to the shop. `nth` counts the orders placed so far, the latest first. */
export type Operation =
  | {
      readonly kind: "order";
      readonly userId: string;
      readonly productId: string;
      readonly quantity: number;
      readonly method: PaymentMethod;
    }
  | { readonly kind: OrderDeed; readonly nth: number }
  | { readonly kind: "adjust"; readonly userId: string; readonly minorUnits: bigint }
  /** The call of an earlier order or payment, once more with its key. */
  | { readonly kind: "repeat"; readonly nth: number }
  /** Events and commands of one kind that reach their consumers again. */
  | { readonly kind: "redeliver"; readonly nth: number }
  /** A process dies some steps from now. */
  | { readonly kind: "kill"; readonly nth: number; readonly steps: number }
  /** Time passes. */
  | { readonly kind: "wait"; readonly minutes: number };

/** What is done to an order that is there. */
export type OrderDeed = "pay" | "pay twice" | "refund" | "cancel" | "ship";

/** Draws from 0 to below 1. */
type Random = () => number;

/** Who trades. */
export const customers = ["1", "2", "3", "ada"] as const;
/** What is traded. */
export const products = ["keyboard", "phone", "prod-001", "prod-002"] as const;

/** How often each kind comes, out of 100. */
const weights = {
  order: 34,
  pay: 22,
  "pay twice": 3,
  refund: 8,
  cancel: 7,
  ship: 5,
  adjust: 8,
  repeat: 4,
  redeliver: 4,
  kill: 4,
  wait: 1,
} as const satisfies Record<Operation["kind"], number>;

/** Draws operations; the same numbers give the same ones. */
export function drawOperations(random: Random, count: number): readonly Operation[] {
  return Array.from({ length: count }, () => draw(random));
}

function draw(random: Random): Operation {
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <Value>(values: readonly Value[]) => values[below(values.length)] as Value;
  const kind = drawKind(below(100));
  // Mostly of the latest orders: the others have come to their end.
  const nth = below(random() < 0.8 ? 6 : 40);
  switch (kind) {
    case "order": {
      const method = random() < 0.7 ? PaymentMethod.BALANCE : PaymentMethod.CARD;
      return { kind, userId: pick(customers), productId: pick(products), quantity: 1 + below(3), method };
    }
    case "adjust":
      return { kind, userId: pick(customers), minorUnits: BigInt(1 + below(50_000)) * (random() < 0.7 ? 1n : -1n) };
    case "kill":
      return { kind, nth, steps: below(30) };
    case "wait":
      return { kind, minutes: 1 + below(8) };
    default:
      return { kind, nth };
  }
}

function drawKind(number: number): Operation["kind"] {
  let left = number;
  for (const [kind, weight] of Object.entries(weights)) {
    if (left < weight) return kind as Operation["kind"];
    left -= weight;
  }
  return "order";
}
