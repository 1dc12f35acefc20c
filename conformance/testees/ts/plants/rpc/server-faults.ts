import { ConcordError, isConcordError } from "@concord/sdk";
import type { RpcServerOptions } from "@concord/sdk/rpc";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import type { Plant } from "../plant.ts";

/** Makes a fault of the server's settings. */
function serving(change: (options: RpcServerOptions) => Partial<RpcServerOptions>): Plant {
  return { rpcServer: (options) => ({ ...options, ...change(options) }) };
}

/** Makes a fault around the handlers. */
function around(interceptor: Interceptor): Plant {
  return serving(({ interceptors = [] }) => ({ interceptors: [...interceptors, interceptor] }));
}

/** Answers without trailers, which somebody took for headers that come late. */
export const dropsTrailers: Plant = around((next) => async (request) => {
  const response = await next(request);
  for (const name of [...response.trailer.keys()]) response.trailer.delete(name);
  return response;
});

/** Has numbers of 64 bits as doubles. */
export const roundsNumbers: Plant = around((next) => async (request) => {
  const response = await next(request);
  if (response.stream) return response;
  const rounded = Object.entries(response.message).map(([name, value]) => [name, round(value)]);
  return { ...response, message: Object.assign(response.message, Object.fromEntries(rounded)) };
});

function round(value: unknown): unknown {
  return typeof value === "bigint" ? BigInt.asUintN(64, BigInt(Number(value))) : value;
}

/** Ends a stream one message too early. */
export const dropsLast: Plant = around((next) => async (request) => {
  const response = await next(request);
  return response.stream ? { ...response, message: withoutLast(response.message) } : response;
});

async function* withoutLast<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  let held: Item | undefined;
  for await (const item of items) {
    if (held !== undefined) yield held;
    held = item;
  }
}

/** Tells code and message of an error, and not which fields are at fault. */
export const dropsDetails: Plant = around(
  (next) => (request) =>
    next(request).catch((error) => {
      throw isConcordError(error) ? new ConcordError(error.code, error.message) : error;
    }),
);

/** Tells callers what a handler's exception says (trap T28). */
export const leaksMessage: Plant = around(
  (next) => (request) =>
    next(request).catch((error) => {
      throw isConcordError(error) || error instanceof ConnectError
        ? error
        : new ConnectError(String(error), Code.Internal);
    }),
);

/** Reads messages of any size. */
export const noLimit: Plant = serving(() => ({ maxMessageBytes: 2 ** 28 }));

/** Lets any number of calls run at once. */
export const noShedding: Plant = serving(() => ({ maxCalls: undefined }));

/** Leaves the field rules of requests to its handlers. */
export const unchecked: Plant = serving(() => ({ validate: undefined }));

/** Runs a call again whenever it comes again. */
export const forgetsKeys: Plant = serving(() => ({ idempotency: undefined }));

/** Has no reflection. */
export const hidesItself: Plant = serving(() => ({ reflection: false }));

/** Cuts what is under way when it drains. */
export const dropsCalls: Plant = { rpcGraceMs: 0 };

/** Waits for what is under way, however long it takes. */
export const waitsForever: Plant = { rpcGraceMs: 86_400_000 };
