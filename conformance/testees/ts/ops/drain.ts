import type { Op } from "./op.ts";

/** Stops consuming in order. */
export const drain: Op<"drain"> = async ({ timeoutMs }, { session }) => {
  await session.drain(timeoutMs);
  return {};
};
