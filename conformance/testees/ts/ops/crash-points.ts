import type { Op } from "./op.ts";

/** Arms a point: the flow that reaches it stops there. */
export const crashAt: Op<"crashAt"> = ({ point, nth }, { session }) => {
  session.points.arm(point, nth || 1);
  return {};
};

/** Lets the flow go on that stopped at a point. */
export const release: Op<"release"> = ({ point }, { session }) => {
  session.points.release(point);
  return {};
};
