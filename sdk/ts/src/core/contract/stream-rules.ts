import { namePattern } from "../subject.ts";
import type { Finding } from "./contract-fault.ts";
import type { ContractSet } from "./contract-set.ts";
import { streamDeclaration } from "./source-position.ts";
import { maxPartitions, streamContract } from "./stream-contract.ts";

/** Finds streams that are declared twice or whose name subjects cannot hold (rule STREAM_NAME_UNIQUE_VALID). */
export function* streamNameUniqueValid({ streams }: ContractSet): Iterable<Finding> {
  const seen = new Map<string, string>();
  for (const { file, options } of streams) {
    const at = streamDeclaration(file);
    if (!namePattern.test(options.name)) {
      yield { at, message: `"${options.name}" is no stream name; use a-z, 0-9 and -, start with a letter, at most 32` };
    }
    const other = seen.get(options.name);
    if (other) yield { at, message: `the stream "${options.name}" is declared in ${other} too; declare it once` };
    seen.set(options.name, file.proto.name);
  }
}

/** Finds streams with too few or too many partitions (rule STREAM_PARTITIONS_RANGE). */
export function* streamPartitionsRange({ streams }: ContractSet): Iterable<Finding> {
  for (const { file, options } of streams) {
    const { partitions } = streamContract(file);
    if (partitions >= 1 && partitions <= maxPartitions) continue;
    const message = `the stream "${options.name}" has ${partitions} partitions; 1 to ${maxPartitions} are possible`;
    yield { at: streamDeclaration(file), message };
  }
}

/** Finds streams that could keep nothing, or with a number of copies that makes no majority (rule STREAM_LIMITS_VALID). */
export function* streamLimitsValid({ streams }: ContractSet): Iterable<Finding> {
  for (const { file, options } of streams) {
    const at = streamDeclaration(file);
    const { name, replicas, maxBytes, maxMessages } = options;
    if (replicas !== undefined && ![1, 3, 5].includes(replicas)) {
      yield { at, message: `the stream "${name}" has ${replicas} replicas; 1, 3 or 5 are possible` };
    }
    if (maxBytes === 0n || maxMessages === 0n) {
      yield {
        at,
        message: `the stream "${name}" has a limit of 0, so it can keep nothing; leave it unset for no limit`,
      };
    }
  }
}

/** Finds streams that forget events before the repeated ids of them (rule DEDUPE_LE_RETENTION). */
export function* dedupeWithinRetention({ streams }: ContractSet): Iterable<Finding> {
  for (const { file } of streams) {
    const { name, dedupeWindowMs, retentionMs } = streamContract(file);
    if (dedupeWindowMs <= retentionMs) continue;
    const message = `the stream "${name}" keeps events for ${retentionMs} ms, less than its dedupe window of ${dedupeWindowMs} ms`;
    yield { at: streamDeclaration(file), message };
  }
}
