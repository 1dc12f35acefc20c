import type { Declaration } from "./source-position.ts";

/** What each rule demands of a set of contracts, by its id. */
export const contractRules = {
  COMMAND_ONE_OWNER: "A command is consumed by its owner only.",
  CONSUMES_EXISTS: "What a service consumes, sends or calls exists, with the fields it reads.",
  DEDUPE_LE_RETENTION: "A stream keeps events at least as long as its dedupe window.",
  EVENT_IDEMPOTENCY_FIELDS: "Idempotency fields exist and are singular strings, integers, bools or enums, each once.",
  EVENT_KEY_FIELD: "A key field exists and is a singular string, integer, bool or enum that is never empty.",
  EVENT_OWNER_KNOWN: "An event names its owner, which is a service of the system.",
  EVENT_STREAM_EXISTS: "The file of an event names a stream.",
  MONEY_NOT_FLOAT: "Money is an integer of minor units, never a float.",
  RETRY_FITS_LIMITS: "Attempts, waits and times of an event fit together and into the retention of its stream.",
  SENSITIVE_NOT_IN_KEY: "No sensitive field is part of a key or idempotency key, which stand in subjects and headers.",
  SERVICE_NAME_VALID: "A service has a name that subjects can hold.",
  STREAM_LIMITS_VALID: "A stream keeps at least one event and 1, 3 or 5 copies.",
  STREAM_NAME_UNIQUE_VALID: "A stream has a name that subjects can hold, and is declared in one file.",
  STREAM_PARTITIONS_RANGE: "A stream has 1 to 256 partitions.",
  SUBJECT_NO_OVERLAP: "A subject override is made of plain tokens and no other event of the stream has it.",
} as const;

/** Id of a rule over contracts. */
export type ContractRuleId = keyof typeof contractRules;

/** One place where a set of contracts contradicts itself. */
export interface ContractFault {
  readonly rule: ContractRuleId;
  /** What is wrong, and what to do. */
  readonly message: string;
  /** Path of the .proto file as it is imported. */
  readonly file: string;
  /** Line, from 1. Unset when the descriptor was made without positions. */
  readonly line: number | undefined;
  /** Column, from 1. Unset with `line`. */
  readonly column: number | undefined;
  /** Path of the declaration in the file's descriptor, for tools that resolve positions themselves. */
  readonly path: readonly number[];
}

/** What a rule found, before its place is looked up. */
export interface Finding {
  readonly at: Declaration;
  readonly message: string;
}

/** Writes a fault on one line: `shop/orders/v1/orders.proto:12:3 EVENT_KEY_FIELD …`. */
export function formatContractFault({ file, line, column, rule, message }: ContractFault): string {
  return `${line === undefined ? file : `${file}:${line}:${column}`} ${rule} ${message}`;
}
