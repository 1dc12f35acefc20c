import type { DescService } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import { ConcordError } from "../../core/error.ts";
import { createRpcClient } from "../../rpc/index.ts";

type Call = (request: unknown, options?: object) => unknown;

/**
 * Makes a client that finds its service again when another process runs it.
 * @param urlOf tells where the service is; undefined while it is being started
 */
export function followService<Desc extends DescService>(service: Desc, urlOf: () => string | undefined): Client<Desc> {
  let current: { readonly url: string; readonly client: Record<string, Call> } | undefined;
  const find = (): Record<string, Call> => {
    const url = urlOf();
    if (url === undefined) {
      throw new ConcordError("unavailable", `${service.typeName} is being started again; call again in a moment`);
    }
    if (current?.url !== url) current = { url, client: createRpcClient(service, { url }) as Record<string, Call> };
    return current.client;
  };
  const methods = service.methods.map(({ localName, methodKind }) => {
    const call: Call = (request, options) => find()[localName]?.(request, options);
    const answersOnce = methodKind === "unary" || methodKind === "client_streaming";
    return [localName, answersOnce ? asPromise(call) : asStream(call)];
  });
  return Object.fromEntries(methods) as Client<Desc>;
}

function asPromise(call: Call): Call {
  return async (request, options) => call(request, options);
}

function asStream(call: Call): Call {
  return async function* (request, options) {
    yield* call(request, options) as AsyncIterable<unknown>;
  };
}
