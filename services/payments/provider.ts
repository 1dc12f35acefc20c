import { type Breaker, createBreaker } from "@concord/sdk";

/** A wish to take money. Repeated with the same operation it is taken once. */
export interface Movement {
  readonly operationId: string;
  readonly userId: string;
  readonly minorUnits: bigint;
  readonly currency: string;
}

/** Who moves the money. */
export interface Provider {
  /** Takes money; false when the user cannot pay. */
  charge(movement: Movement): Promise<boolean>;
  /** Gives back, once, what an operation took. One that has not taken anything yet never will. */
  refund(movement: Movement): Promise<void>;
}

/** A provider without money behind it: it declines totals ending in 13, always, and grants all others. */
export function createSimulatedProvider(): Provider {
  return {
    charge: async ({ minorUnits }) => minorUnits % 100n !== 13n,
    refund: async () => {},
  };
}

/** Stops calling a provider for ten seconds after five failures in a row. A declined card is no failure. */
export function withBreaker(
  provider: Provider,
  breaker: Breaker = createBreaker({ name: "provider", failures: 5, resetMs: 10_000 }),
): Provider {
  return {
    charge: (movement) => breaker.run(() => provider.charge(movement)),
    refund: (movement) => breaker.run(() => provider.refund(movement)),
  };
}
