import {
  type Msg,
  type MsgHdrs,
  MsgHdrsImpl,
  type NatsConnection,
  RequestError,
  TimeoutError,
} from "@nats-io/nats-core";
import type { FuzzSend } from "./rpc-fuzz.ts";
import { brokenBody, brokenHead, brokenHeaders, pick } from "./rpc-fuzz-frames.ts";

/** Sends broken requests to subjects on which methods are served over NATS. */
export function sendOverNats(client: NatsConnection, subjects: readonly string[]): FuzzSend {
  return async (random) => {
    const subject = pick(random, subjects);
    const { ":method": _, ":path": __, ...head } = brokenHead("nats", "", random);
    const lines: Record<string, string[]> = {};
    for (const [name, value] of Object.entries(random() < 0.9 ? { ...head, ...brokenHeaders(random) } : {})) {
      lines[pick(random, [name, name, name.toUpperCase()])] = [value];
    }
    // What NATS carries as the name or value of a header, HTTP does not.
    if (random() < 0.1)
      lines[pick(random, ["a b", "(x)", "é", "concord-rpc-control"])] = [pick(random, ["x", "é", "\u0001", ""])];
    const sent = MsgHdrsImpl.fromRecord(lines);
    const reply = await ask(client, subject, random() < 0.95 ? brokenBody(random) : Buffer.alloc(0), sent);
    const status = Number(reply?.headers?.get("concord-rpc-status") ?? 0);
    const type = reply?.headers?.get("content-type");
    return {
      protocol: "nats",
      asked: `${subject} ${JSON.stringify(lines)}`,
      outcome: status === 0 ? "closed" : String(status),
      status,
      head: type === undefined ? {} : { "content-type": type },
      trailer: {},
      body: Buffer.from(reply?.data ?? []),
    };
  };
}

async function ask(client: NatsConnection, subject: string, data: Uint8Array, sent: MsgHdrs) {
  try {
    return await client.request(subject, data, { headers: sent, timeout: 10_000 });
  } catch (error) {
    if (error instanceof RequestError || error instanceof TimeoutError) return undefined as Msg | undefined;
    throw error;
  }
}
