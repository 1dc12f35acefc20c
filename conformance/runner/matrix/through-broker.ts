import type { NatsBroker } from "../broker/nats-broker.ts";
import type { WireForm } from "../wire/message-format.ts";

const batch = 256;

/** Publishes messages to a stream of a real broker and reads them back: what arrives is what consumers see. */
export async function throughBroker(
  { api, streams }: NatsBroker,
  name: string,
  messages: readonly WireForm[],
): Promise<WireForm[]> {
  const stream = `matrix-${name}`;
  await api.call(`STREAM.CREATE.${stream}`, { name: stream, subjects: [`matrix.${name}`], storage: "memory" });
  for (let start = 0; start < messages.length; start += batch) {
    const some = messages.slice(start, start + batch).map(({ headers, body }, index) => ({
      headers: [{ name: "x-index", value: String(start + index) }, ...headers],
      body,
    }));
    const last = some.pop()!;
    for (const { headers, body } of some) api.send(`matrix.${name}`, headers, body);
    // On one connection the broker stores in order: who knows of the last one knows of all.
    await api.publish(`matrix.${name}`, last.headers, last.body);
  }
  const stored = await streams.messages(stream);
  await api.call(`STREAM.DELETE.${stream}`);
  const found: WireForm[] = [];
  for (const { headers, body } of stored) {
    const [index, ...rest] = headers;
    found[Number(index!.value)] = { headers: rest, body };
  }
  return found;
}
