import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import type { Plant } from "../plant.ts";

const attempts = 3;

/** Makes a fault around what a client sends. */
function around(interceptor: Interceptor): Plant {
  return {
    rpcClient: ({ interceptors = [], ...options }) => ({ ...options, interceptors: [...interceptors, interceptor] }),
  };
}

/** Calls again for want of a server, whatever the method does. */
export const repeatsAnything: Plant = around((next) => async (request) => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await next(request);
    } catch (error) {
      if (attempt === attempts || ConnectError.from(error).code !== Code.Unavailable) throw error;
    }
  }
});

/** Shows one value of an answer's header. */
export const lastAnswerValue: Plant = around((next) => async (request) => {
  const response = await next(request);
  for (const [name, value] of [...response.trailer]) response.trailer.set(name, value.split(", ").at(-1)!);
  return response;
});

/** Takes every answer of HTTP alone for want of a server, whatever its status. */
export const anyStatusIsAway: Plant = around((next) => async (request) => {
  try {
    return await next(request);
  } catch (thrown) {
    const { rawMessage } = ConnectError.from(thrown);
    throw /^HTTP \d+$/.test(rawMessage) ? new ConnectError(rawMessage, Code.Unavailable) : thrown;
  }
});

const unreadable: ReadonlySet<Code> = new Set([Code.Internal, Code.InvalidArgument, Code.Unknown]);

/** Takes an answer that it cannot read for an empty one. */
export const emptyForUnreadable: Plant = around((next) => async (request) => {
  try {
    return await next(request);
  } catch (thrown) {
    if (request.stream || !unreadable.has(ConnectError.from(thrown).code)) throw thrown;
    const { service, method } = request;
    return {
      stream: false,
      service,
      method,
      header: new Headers(),
      trailer: new Headers(),
      message: create(method.output),
    };
  }
});
