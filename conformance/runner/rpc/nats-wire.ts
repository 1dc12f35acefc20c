import { headers as createHeaders, type Msg, type MsgHdrs } from "nats";
import type { HeaderList } from "./http-headers.ts";

/** HTTP status of an answer, on its first message (`docs/rpc.md`). */
export const statusHeader = "concord-rpc-status";
/** On the last message of a stream. */
export const endHeader = "concord-rpc-end";
/** Subject at which the server of a stream hears of its reader. */
export const controlHeader = "concord-rpc-control";
/** A server sends 64 chunks ahead, and as many more as it was told that half of that were read. */
export const creditChunks = 32;

/** Writes headers in the case that they have. */
export function toMsgHeaders(list: HeaderList): MsgHdrs {
  const headers = createHeaders();
  for (const { name, value } of list) headers.append(name, value);
  return headers;
}

/** Reads the headers of a message. */
export function fromMsgHeaders({ headers }: Msg): HeaderList {
  return [...(headers ?? [])].flatMap(([name, values]) => values.map((value) => ({ name, value })));
}
