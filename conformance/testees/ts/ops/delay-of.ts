import { backoffDelayMs } from "@concord/sdk";
import type { Op } from "./op.ts";

const defaults = { initialMs: 200, maxMs: 30_000 };

/** Gives the wait after a failed run. */
export const delayOf: Op<"delayOf"> = ({ policy, attempt, random }) => {
  const { initialMs = defaults.initialMs, maxMs = defaults.maxMs } = policy ?? {};
  return { ms: backoffDelayMs({ initialMs, maxMs }, attempt, () => random) };
};
