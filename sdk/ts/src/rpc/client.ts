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
    ...(options.interceptors ? { interceptors: [...options.interceptors] } : {}),
  });
  return withOurErrors(service, createClient(service, transport));
}

type Call = (...args: never[]) => unknown;

/** Outside of the interceptors, because Connect turns what they throw into an error of its own. */
function withOurErrors<Desc extends DescService>(service: Desc, client: Client<Desc>): Client<Desc> {
  const calls = client as Record<string, Call>;
  const unary = service.methods.filter(({ methodKind }) => methodKind === "unary");
  const wrapped = unary.map(({ localName }) => [localName, wrap(calls[localName]!)] as const);
  return { ...calls, ...Object.fromEntries(wrapped) } as Client<Desc>;
}

function wrap(call: Call): Call {
  return async (...args) => {
    try {
      return await call(...args);
    } catch (error) {
      throw fromConnectError(error);
    }
  };
}
