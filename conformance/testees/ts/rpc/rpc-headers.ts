import type { RpcHeader } from "@concord/gen/concord/conformance/v1/rpc_pb.js";

/** Lists headers as the protocol says them. */
export function fromHttpHeaders(headers: Headers): { name: string; value: string }[] {
  return [...headers].map(([name, value]) => ({ name, value }));
}

/** Reads headers from the protocol's list; a name may come twice. */
export function toHttpHeaders(list: readonly RpcHeader[]): Headers {
  const headers = new Headers();
  for (const { name, value } of list) headers.append(name, value);
  return headers;
}
