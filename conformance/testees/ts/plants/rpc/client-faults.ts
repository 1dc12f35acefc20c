import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import type { Plant } from "../plant.ts";

const attempts = 3;

/** Calls again for want of a server, whatever the method does. */
export const repeatsAnything: Plant = {
  rpcClient: ({ interceptors = [], ...options }) => ({ ...options, interceptors: [...interceptors, repeat] }),
};

const repeat: Interceptor = (next) => async (request) => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await next(request);
    } catch (error) {
      if (attempt === attempts || ConnectError.from(error).code !== Code.Unavailable) throw error;
    }
  }
};

/** Shows one value of an answer's header. */
export const lastAnswerValue: Plant = {
  rpcClient: ({ interceptors = [], ...options }) => ({ ...options, interceptors: [...interceptors, takeLast] }),
};

const takeLast: Interceptor = (next) => async (request) => {
  const response = await next(request);
  for (const [name, value] of [...response.trailer]) response.trailer.set(name, value.split(", ").at(-1)!);
  return response;
};
