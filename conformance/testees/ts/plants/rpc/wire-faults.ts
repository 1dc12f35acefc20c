import type { UniversalHandler, UniversalHandlerFn, UniversalServerResponse } from "@connectrpc/connect/protocol";
import type { Plant } from "../plant.ts";

/** Makes a fault of what every call comes in and goes out by. */
function handling(change: (run: UniversalHandlerFn, handler: UniversalHandler) => UniversalHandlerFn): Plant {
  return { rpcHandler: (handler) => Object.assign(change(handler, handler), handler) };
}

/** Reads JSON that is no UTF-8 with signs of its own in place of the wrong bytes. */
export const replacesText: Plant = handling((run) => (request) => {
  const isJson = request.header.get("content-type")?.startsWith("application/json");
  return run(isJson ? { ...request, body: mend(request.body as AsyncIterable<Uint8Array>) } : request);
});

async function* mend(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) yield Buffer.from(Buffer.from(chunk).toString("utf8"));
}

const encodings = ["content-encoding", "connect-content-encoding", "grpc-encoding"];

/** Can decompress nothing, as a server does that was built without. */
export const knowsNoGzip: Plant = handling((run) => (request) => {
  const header = new Headers(request.header);
  for (const name of encodings) if (header.has(name)) header.set(name, "unknown");
  return run({ ...request, header });
});

/** Tells who watches its health how it is, and nothing of what comes later. */
export const tellsHealthOnce: Plant = handling((run, { service }) => async (request) => {
  const response = await run(request);
  return service.typeName === "grpc.health.v1.Health" ? { ...response, body: firstOf(response.body) } : response;
});

async function* firstOf(body: UniversalServerResponse["body"]): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const chunk of body ?? []) {
    if (isFirst) yield chunk;
    isFirst = false;
  }
}
