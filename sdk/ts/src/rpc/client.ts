import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { fromConnectError } from "./error-code.ts";

/** Where a service is and how long to wait for it. */
export interface RpcClientOptions {
  /** Base address, such as `http://localhost:8080`. */
  readonly url: string;
  /** Deadline of a call that names none, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
  /** Further interceptors, the first one outermost. */
  readonly interceptors?: readonly Interceptor[];
}

/**
 * Makes a typed client of a proto service. Calls take `{ signal, timeoutMs, headers }` and reject with a `ConcordError`
 * whose code tells what the service answered.
 */
export function createRpcClient<Desc extends DescService>(service: Desc, options: RpcClientOptions): Client<Desc> {
  const transport = createConnectTransport({
    baseUrl: options.url,
    httpVersion: "1.1",
    defaultTimeoutMs: options.timeoutMs ?? 5_000,
    interceptors: [errorInterceptor, ...(options.interceptors ?? [])],
  });
  return createClient(service, transport);
}

const errorInterceptor: Interceptor = (next) => async (request) => {
  try {
    return await next(request);
  } catch (error) {
    throw fromConnectError(error);
  }
};
