import { isUtf8 } from "node:buffer";
import { TextDecoder } from "node:util";
import { Code, ConnectError } from "@connectrpc/connect";
import type { UniversalHandler, UniversalHandlerFn, UniversalServerRequest } from "@connectrpc/connect/protocol";

/**
 * Has a unary method refuse JSON whose bytes are no UTF-8: its reader would put U+FFFD in their place, so that other text is
 * handled than was sent (conformance R14).
 */
export function requireUtf8(handler: UniversalHandler): UniversalHandler {
  if (handler.method.methodKind !== "unary") return handler;
  const run: UniversalHandlerFn = (request) =>
    handler(isPlainJson(request) ? { ...request, body: check(request) } : request);
  return Object.assign(run, handler);
}

type Plain = UniversalServerRequest & { readonly body: AsyncIterable<Uint8Array> };

function isPlainJson(request: UniversalServerRequest): request is Plain {
  const { body, header } = request;
  const isJson = /^application\/json\s*(;|$)/i.test(header.get("content-type") ?? "");
  return (
    isJson &&
    !header.has("content-encoding") &&
    typeof body === "object" &&
    body !== null &&
    Symbol.asyncIterator in body
  );
}

/** Only a text that does not come in one piece needs a decoder, as a letter may lie across two. */
async function* check({ body }: Plain): AsyncGenerator<Uint8Array> {
  let decoder: TextDecoder | undefined;
  for await (const chunk of body) {
    if (decoder || !isUtf8(chunk)) {
      decoder ??= new TextDecoder("utf-8", { fatal: true });
      refuseOther(decoder, chunk);
    }
    yield chunk;
  }
  if (decoder) refuseOther(decoder);
}

function refuseOther(decoder: TextDecoder, chunk?: Uint8Array): void {
  try {
    decoder.decode(chunk, { stream: chunk !== undefined });
  } catch {
    throw new ConnectError("the request is no UTF-8", Code.InvalidArgument);
  }
}
