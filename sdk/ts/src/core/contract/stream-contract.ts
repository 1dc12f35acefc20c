import { type DescFile, getOption, hasOption } from "@bufbuild/protobuf";
import { stream } from "@concord/gen/concord/event/v1/options_pb.js";
import { ConcordError } from "../error.ts";

const secondMs = 1_000;
const dayMs = 86_400_000;

/** Partitions of a stream whose contract names none: enough replicas for most, few enough to read all of them. */
export const defaultPartitions = 8;
/** Most partitions that a stream may have. */
export const maxPartitions = 256;

/** The stream that keeps the events of one file, with every default applied. */
export interface StreamContract {
  /** Name of the stream, usually its owner's. */
  readonly name: string;
  /** How long events are kept, in milliseconds. Default 7 days. */
  readonly retentionMs: number;
  /** Copies on broker nodes. Unset: the broker adapter chooses, 3 on a cluster and 1 on a single node. */
  readonly replicas: number | undefined;
  /** Size in bytes at which publishing is refused. Unset: no limit. */
  readonly maxBytes: number | undefined;
  /** Number of events at which publishing is refused. Unset: no limit. */
  readonly maxMessages: number | undefined;
  /** Time in which the broker drops a repeated message id, in milliseconds. Default 120,000. */
  readonly dedupeWindowMs: number;
  /** Number of partitions, 1 to 256. Default 8; never changed afterwards. */
  readonly partitions: number;
}

/**
 * Reads the stream that a file's events are kept in.
 * @throws {ConcordError} `invalid_contract` when the file names no stream.
 */
export function streamContract(file: DescFile): StreamContract {
  if (!hasOption(file, stream)) {
    throw new ConcordError(
      "invalid_contract",
      `${file.proto.name} names no stream; set option (concord.event.v1.stream)`,
    );
  }
  const options = getOption(file, stream);
  return {
    name: options.name,
    retentionMs: (options.retentionDays ?? 7) * dayMs,
    replicas: options.replicas,
    maxBytes: toNumber(options.maxBytes),
    maxMessages: toNumber(options.maxMessages),
    dedupeWindowMs: (options.dedupeWindowSeconds ?? 120) * secondMs,
    partitions: options.partitions ?? defaultPartitions,
  };
}

function toNumber(value: bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}
