import { defaultType } from "../fixtures.ts";
import type { Op } from "./op.ts";

/** Consumes until `drain`, `configure` or the end. */
export const subscribe: Op<"subscribe"> = async ({ types, script }, { session }) => {
  await session.subscribe({ types: types.length > 0 ? types : [defaultType], script });
  return {};
};
