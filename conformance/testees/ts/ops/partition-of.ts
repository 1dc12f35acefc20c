import { escapeKeyToken, partitionOf as partitionOfToken } from "@concord/sdk";
import type { Op } from "./op.ts";

/** Gives the partition of a key, without one of the id. */
export const partitionOf: Op<"partitionOf"> = ({ key, id, partitions }) => ({
  partition: partitionOfToken(key === undefined ? id : escapeKeyToken(key), partitions),
});
