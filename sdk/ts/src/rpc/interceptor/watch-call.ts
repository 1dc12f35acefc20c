import type { Interceptor, StreamResponse, UnaryResponse } from "@connectrpc/connect";
import { watchStream } from "./watch-stream.ts";

/** A call's continuation, as interceptors get it. */
export type Next = Parameters<Interceptor>[0];

/** A call as interceptors see it, unary or a stream. */
export type RpcRequest = Parameters<Next>[0];

/** Its answer: a message, or a stream of them. */
export type RpcResponse = UnaryResponse | StreamResponse;

/**
 * Runs a call and tells once how it ended: with its failure, or undefined. A stream ends with its last message, when it
 * fails, or when nobody reads it any more.
 */
export async function watchCall(
  run: () => Promise<RpcResponse>,
  ended: (error: unknown) => void,
): Promise<RpcResponse> {
  try {
    const response = await run();
    if (response.stream) return { ...response, message: watchStream(response.message, { end: ended }) };
    ended(undefined);
    return response;
  } catch (error) {
    ended(error);
    throw error;
  }
}
