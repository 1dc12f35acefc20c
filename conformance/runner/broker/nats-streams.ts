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
  /** Reads what is not known yet. Messages that were deleted meanwhile are left out. */
  const read = async (stream: string, created: string, seqs: readonly number[]) => {
    const keyOf = (seq: number) => `${stream} ${created} ${seq}`;
    const unknown = seqs.filter((seq) => !known.has(keyOf(seq)));
    const requests = unknown.map((seq) => ({ seq }));
    const replies = await api.findAll(`STREAM.MSG.GET.${stream}`, requests);
    for (const [index, reply] of replies.entries()) {
      if (reply) known.set(keyOf(unknown[index]!), toMessage(unknown[index]!, reply));
    }
    return seqs.map((seq) => known.get(keyOf(seq))).filter((message) => message !== undefined);
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
      const found: StoredMessage[] = [];
      for (let start = 0; start < seqs.length; start += window) {
        found.push(...(await read(stream, info.created, seqs.slice(start, start + window))));
      }
      return found;
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

function toMessage(seq: number, reply: JsonObject): StoredMessage {
  const { subject, hdrs = "", data = "" } = reply.message as { subject: string; hdrs?: string; data?: string };
  return {
    seq,
    subject,
    headers: parseHeaderBlock(Buffer.from(hdrs, "base64")),
    body: Buffer.from(data, "base64"),
  };
}
