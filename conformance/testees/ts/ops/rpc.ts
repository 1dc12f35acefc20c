import type { Op } from "./op.ts";

/** Serves the suite's methods. */
export const rpcServe: Op<"rpcServe"> = async (asked, { session }) => ({ url: await session.rpc.serve(asked) });

/** Calls one of the suite's methods. */
export const rpcCall: Op<"rpcCall"> = (asked, { session }) => session.rpc.call(asked);
