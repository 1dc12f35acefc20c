import type { DescFile } from "@bufbuild/protobuf";
import type { ContractFault, ContractRuleId, Finding } from "./contract-fault.ts";
import { type ContractSet, type ContractSetOptions, createContractSet } from "./contract-set.ts";
import {
  eventIdempotencyFields,
  eventKeyField,
  eventOwnerKnown,
  eventStreamExists,
  sensitiveNotInKey,
  subjectNoOverlap,
} from "./event-rules.ts";
import { moneyNotFloat } from "./money-rules.ts";
import { retryFitsLimits } from "./retry-rules.ts";
import { commandOneOwner, consumesExists, serviceNameValid } from "./service-rules.ts";
import { findPosition } from "./source-position.ts";
import {
  dedupeWithinRetention,
  streamLimitsValid,
  streamNameUniqueValid,
  streamPartitionsRange,
} from "./stream-rules.ts";

/** How each rule finds its faults, for tools that choose among them. */
export const contractChecks: Readonly<Record<ContractRuleId, (set: ContractSet) => Iterable<Finding>>> = {
  COMMAND_ONE_OWNER: commandOneOwner,
  CONSUMES_EXISTS: consumesExists,
  DEDUPE_LE_RETENTION: dedupeWithinRetention,
  EVENT_IDEMPOTENCY_FIELDS: eventIdempotencyFields,
  EVENT_KEY_FIELD: eventKeyField,
  EVENT_OWNER_KNOWN: eventOwnerKnown,
  EVENT_STREAM_EXISTS: eventStreamExists,
  MONEY_NOT_FLOAT: moneyNotFloat,
  RETRY_FITS_LIMITS: retryFitsLimits,
  SENSITIVE_NOT_IN_KEY: sensitiveNotInKey,
  SERVICE_NAME_VALID: serviceNameValid,
  STREAM_LIMITS_VALID: streamLimitsValid,
  STREAM_NAME_UNIQUE_VALID: streamNameUniqueValid,
  STREAM_PARTITIONS_RANGE: streamPartitionsRange,
  SUBJECT_NO_OVERLAP: subjectNoOverlap,
};

/**
 * Finds every fault of a set of contracts at once: of the given files and all that they import, in the order of files
 * and lines. By default the files are taken as those that one service uses, and a name that they lack is no fault.
 */
export function checkContracts(files: Iterable<DescFile>, options?: ContractSetOptions): ContractFault[] {
  const set = createContractSet(files, options);
  const faults = Object.entries(contractChecks).flatMap(([rule, find]) =>
    [...find(set)].map((finding) => toFault(rule as ContractRuleId, finding)),
  );
  return faults.sort(byPlace);
}

function toFault(rule: ContractRuleId, { at, message }: Finding): ContractFault {
  const position = findPosition(at);
  return { rule, message, file: at.file.proto.name, line: position?.line, column: position?.column, path: at.path };
}

function byPlace(left: ContractFault, right: ContractFault): number {
  return compare(left.file, right.file) || (left.line ?? 0) - (right.line ?? 0) || compare(left.rule, right.rule);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
