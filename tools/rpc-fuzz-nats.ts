import { headers, type Msg, type NatsConnection, RequestError, TimeoutError } from "@nats-io/nats-core";
import type { FuzzSend } from "./rpc-fuzz.ts";
import { brokenBody, brokenHead, brokenHeaders, pick } from "./rpc-fuzz-frames.ts";

/** Sends broken requests to subjects on which methods are served over NATS. */
export function sendOverNats(client: NatsConnection, subjects: readonly string[]): FuzzSend {
  return async (random) => {
    const subject = pick(random, subjects);
    const { ":method": _, ":path": __, ...head } = brokenHead("nats", "", random);
    const sent = headers();
    for (const [name, value] of Object.entries(random() < 0.9 ? { ...head, ...brokenHeaders(random) } : {})) {
      sent.append(pick(random, [name, name, name.toUpperCase()]), value);
    }
    // What NATS carries as the name of a header, HTTP does not.
    if (random() < 0.1)
      sent.append(pick(random, ["a b", "(x)", "é", "concord-rpc-control"]), pick(random, ["x", "é", "\u0001", ""]));
    const reply = await ask(client, subject, random() < 0.95 ? brokenBody(random) : Buffer.alloc(0), sent);
    const status = Number(reply?.headers?.get("concord-rpc-status") ?? 0);
    const type = reply?.headers?.get("content-type");
    return {
      protocol: "nats",
      asked: `${subject} ${sent.get("content-type")}`,
      outcome: status === 0 ? "closed" : String(status),
      status,
      head: type === undefined ? {} : { "content-type": type },
      trailer: {},
      body: Buffer.from(reply?.data ?? []),
    };
  };
}

async function ask(client: NatsConnection, subject: string, data: Uint8Array, sent: ReturnType<typeof headers>) {
  try {
    return await client.request(subject, data, { headers: sent, timeout: 10_000 });
  } catch (error) {
    if (error instanceof RequestError || error instanceof TimeoutError) return undefined as Msg | undefined;
    throw error;
  }
}
