import { type MsgHdrs, MsgHdrsImpl } from "@nats-io/nats-core";

/**
 * How calls travel over NATS: a request is a Connect request, its head as NATS headers, its body as data; the answer comes to
 * the reply subject. Bodies of streams come in several messages.
 */
export const rpcHeaders = {
  /** HTTP status of the answer, on its first message. */
  status: "concord-rpc-status",
  /** On the last message of a stream. */
  end: "concord-rpc-end",
  /** On messages that say nothing but that the stream lives. */
  beat: "concord-rpc-beat",
  /** Subject at which the server hears how much was read (`credit`) and that nobody reads on (`cancel`). */
  control: "concord-rpc-control",
} as const;

/** Chunks that a server sends ahead of what was read. */
export const streamWindow = 64;

/** Pause between signs of life of a quiet stream, in milliseconds. */
export const beatMs = 5_000;

/** The subject of a method: `[ns.]rpc.shop.orders.v1.OrderService.GetOrder`. */
export function rpcSubject(service: string, method: string, namespace: string | undefined): string {
  return `${namespace ? `${namespace}.` : ""}rpc.${service}.${method}`;
}

/** Writes the head of a request or answer. Line ends cannot stand in one. */
export function toMsgHeaders(head: Headers, own: Readonly<Record<string, string>> = {}): MsgHdrs {
  const lines: Record<string, string[]> = {};
  for (const [name, value] of head) lines[name] = [...(lines[name] ?? []), value];
  for (const [name, value] of Object.entries(own)) lines[name] = [value];
  return MsgHdrsImpl.fromRecord(lines);
}

/** Reads a head; the carrier's own headers are left out. */
export function fromMsgHeaders(headers: MsgHdrs | undefined): Headers {
  const head = new Headers();
  for (const [name, values] of headers ?? []) {
    if (!name.toLowerCase().startsWith("concord-rpc-")) for (const value of values) head.append(name, value);
  }
  return head;
}
