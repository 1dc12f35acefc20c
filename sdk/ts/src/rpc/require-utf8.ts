import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import type { UniversalHandler, UniversalHandlerFn } from "@connectrpc/connect/protocol";
import { ConcordError } from "../core/error.ts";
import { refuseUnary } from "./refuse-unary.ts";

/**
 * Refuses an address that is no UTF-8 once its escapes are undone: readers of queries put U+FFFD in such places, so that
 * other text is handled than was sent (conformance R14). A percent sign that escapes nothing stands for itself.
 * @throws {ConcordError} `invalid_argument`
 */
export function requireUtf8(address: string): void {
  if (!address.includes("%")) return;
  try {
    decodeURIComponent(address.replaceAll(/%(?![\dA-Fa-f]{2})/g, "%25"));
  } catch (cause) {
    throw new ConcordError("invalid_argument", "the address is no UTF-8", { cause });
  }
}

/** Has a method that may be called by GET refuse messages in the address that are no UTF-8. */
export function requireUtf8Query(handler: UniversalHandler): UniversalHandler {
  if (handler.method.idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS) return handler;
  const run: UniversalHandlerFn = async (request) => {
    if (request.method !== "GET") return handler(request);
    try {
      requireUtf8(request.url);
    } catch (error) {
      return refuseUnary(error);
    }
    return handler(request);
  };
  return Object.assign(run, handler);
}
