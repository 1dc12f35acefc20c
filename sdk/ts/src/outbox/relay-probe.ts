import type { Mutation, Probe, ProbePoint } from "../core/probe.ts";

/** A probe whose first crash ends the whole relay, as the death of its process would. */
export interface RelayProbe {
  /** True once a point threw: nothing more is sent or deleted. */
  readonly crashed: boolean;
  /** False in production: no point needs to be reached. */
  readonly on: boolean;
  /** Undefined without a probe, so that the hot path need not wait. */
  reach(point: ProbePoint): Promise<void> | undefined;
  without(mutation: Mutation): boolean;
}

/** Wraps the probe of a relay, which has many sends under way when one of them dies. */
export function createRelayProbe(probe: Probe | undefined): RelayProbe {
  let crashed = false;
  return {
    on: probe !== undefined,
    get crashed() {
      return crashed;
    },
    reach: (point) =>
      probe?.reach(point).catch((error) => {
        crashed = true;
        throw error;
      }),
    without: (mutation) => probe?.without(mutation) ?? false,
  };
}
