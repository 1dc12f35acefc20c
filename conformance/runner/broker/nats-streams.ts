import type { JsonObject } from "../suite/json.ts";
import { parseHeaderBlock } from "../wire/header-list.ts";
import type { JetStreamApi } from "./jetstream-api.ts";
import type { StoredMessage, StreamSource } from "./stream-source.ts";

interface StreamState {
  readonly created: string;
  readonly state: {
    readonly first_seq: number;
    readonly last_seq: number;
    readonly messages: number;
    readonly deleted?: readonly number[];
  };
}

/** So many requests at once: more would wait for each other beyond their deadline. */
const window = 256;

/** Reads streams message by message. One that was read is kept: messages never change. */
export function createNatsStreams(api: JetStreamApi): StreamSource {
  const known = new Map<string, StoredMessage>();
  const message = async (stream: string, created: string, seq: number) => {
    const key = `${stream} ${created} ${seq}`;
    const found = known.get(key) ?? (await readMessage(api, stream, seq));
    if (found) known.set(key, found);
    return found;
  };
  return {
    async messages(stream) {
      const info = (await api.find(`STREAM.INFO.${stream}`, { deleted_details: true })) as StreamState | undefined;
      if (!info || info.state.messages === 0) return [];
      const { first_seq: first, last_seq: last, deleted = [] } = info.state;
      const gone = new Set(deleted);
      const seqs = Array.from({ length: last - first + 1 }, (_, index) => first + index).filter(
        (seq) => !gone.has(seq),
      );
      const found: (StoredMessage | undefined)[] = [];
      for (let start = 0; start < seqs.length; start += window) {
        const some = seqs.slice(start, start + window);
        found.push(...(await Promise.all(some.map((seq) => message(stream, info.created, seq)))));
      }
      return found.filter((each) => each !== undefined);
    },
    async names(prefix) {
      const listed = await api.call("STREAM.NAMES", {});
      return ((listed.streams ?? []) as string[]).filter((name) => name.startsWith(prefix));
    },
    config: async (stream) => (await api.find(`STREAM.INFO.${stream}`))?.config as JsonObject | undefined,
    async consumers(stream) {
      const listed = await api.find(`CONSUMER.LIST.${stream}`, {});
      return (listed?.consumers ?? []) as JsonObject[];
    },
  };
}

async function readMessage(api: JetStreamApi, stream: string, seq: number): Promise<StoredMessage | undefined> {
  const reply = await api.find(`STREAM.MSG.GET.${stream}`, { seq });
  if (!reply) return undefined;
  const { subject, hdrs = "", data = "" } = reply.message as { subject: string; hdrs?: string; data?: string };
  return {
    seq,
    subject,
    headers: parseHeaderBlock(Buffer.from(hdrs, "base64")),
    body: Buffer.from(data, "base64"),
  };
}
