/** One number of one round. */
export interface Measurement {
  /** The same in every round, such as `encode, view` or `encode ÷ protobuf-es`. */
  readonly name: string;
  readonly value: number;
  /** Such as `events/s`, `ms`, or `×` for a ratio; a ratio compares two things measured in the same round. */
  readonly unit: string;
}

/** What a bench is given for each round. */
export interface Round {
  /** Counted from 0; -1 for the round that only warms up. */
  readonly index: number;
  readonly signal: AbortSignal;
}

/** A bench: `bench/NAME.bench.ts` exports one as `bench`. */
export interface Bench {
  /** What is compared with what, in one line. */
  readonly title: string;
  /** Prepares what all rounds share, such as a server; disposed after the last. */
  setUp?(signal: AbortSignal): Promise<AsyncDisposable>;
  /** Measures once. Called for one unreported round first, to warm up. */
  measure(round: Round): Promise<readonly Measurement[]>;
  /** By measurement: the least or the most its median may be. */
  readonly goals?: Readonly<Record<string, Goal>>;
}

/** What the median must reach or stay below, in the measurement's unit. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number };
