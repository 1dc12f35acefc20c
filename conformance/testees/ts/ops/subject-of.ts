import { escapeKeyToken, formatSubject, partitionOf } from "@concord/sdk";
import type { Op } from "./op.ts";

const defaultPartitions = 8;

/** Writes the subject of an event or command. */
export const subjectOf: Op<"subjectOf"> = ({ kind, stream, service, envelope, ns, partitions = defaultPartitions }) => {
  const { key, id = "", type = "" } = envelope ?? {};
  const keyToken = key === undefined ? undefined : escapeKeyToken(key);
  const isCommand = kind === "command";
  return {
    subject: formatSubject({
      namespace: ns || undefined,
      tree: isCommand ? "cmd" : "evt",
      stream: isCommand ? service : stream,
      partition: partitionOf(keyToken ?? id, partitions),
      keyToken,
      type,
    }),
  };
};
