import { type DescMessage, getOption, hasOption, type Message } from "@bufbuild/protobuf";
import { EventKind, type EventOptions, event } from "@concord/gen/concord/event/v1/options_pb.js";
import { ConcordError } from "../error.ts";
import { type FieldPath, findFieldPath } from "./field-path.ts";
import { fieldText, hasFieldText, joinFieldTexts } from "./field-text.ts";
import { type RetryPolicy, toRetryPolicy } from "./retry-policy.ts";
import { sensitiveFieldPaths } from "./sensitive-field.ts";
import { streamContract } from "./stream-contract.ts";

const dayMs = 86_400_000;

/** What the contract says about one event or command, with every default applied. */
export interface EventContract<Desc extends DescMessage = DescMessage> {
  readonly schema: Desc;
  /** Full protobuf name of the message. */
  readonly type: string;
  /** A fact for whoever wants it, or a request to one service. */
  readonly kind: "event" | "command";
  /** The service that publishes the event, or that the command is sent to. */
  readonly owner: string;
  /** First token of its subjects. */
  readonly tree: "evt" | "cmd";
  /** Second token of its subjects: the stream's name for an event, the owner's for a command. */
  readonly stream: string;
  /** Number of partitions of that stream. */
  readonly partitions: number;
  /** Last tokens of its subjects: the full name, or the contract's override. */
  readonly subjectType: string;
  /** How failed attempts are repeated. */
  readonly retry: RetryPolicy;
  /** How long its dead letters are kept, in milliseconds. Default 30 days. */
  readonly deadLetterRetentionMs: number;
  /** Dotted paths of the fields that are never logged. */
  readonly sensitiveFields: readonly string[];
  /** Set when the event should no longer be used. */
  readonly deprecation: EventDeprecation | undefined;
  /** Gives the text that orders and partitions a message; undefined when its key field is unset or there is none. */
  keyOf(message: Message): string | undefined;
  /**
   * Names the business operation of a message; undefined when the contract names no fields for it.
   * @throws {ConcordError} `invalid_data` when one of the fields is unset.
   */
  idempotencyKeyOf(message: Message): string | undefined;
}

/** Why and since when an event should no longer be used. */
export interface EventDeprecation {
  /** Date of the decision, `YYYY-MM-DD`. */
  readonly since: string;
  /** Full name of the event to use instead; empty for none. */
  readonly replacedBy: string;
  /** What a reader should know. */
  readonly note: string;
}

/** Tells whether a message is an event or a command. */
export function isEvent(schema: DescMessage): boolean {
  return hasOption(schema, event);
}

/**
 * Reads the contract of an event or command from its descriptor. `checkContracts` finds all faults of a set at once;
 * this stops at the first that makes the event unusable.
 * @throws {ConcordError} `invalid_contract`
 */
export function eventContract<Desc extends DescMessage>(schema: Desc): EventContract<Desc> {
  if (!isEvent(schema)) {
    throw new ConcordError("invalid_contract", `${schema.typeName} is no event; set option (concord.event.v1.event)`);
  }
  const options = getOption(schema, event);
  if (options.owner === "") throw new ConcordError("invalid_contract", `${schema.typeName} names no owner`);
  const stream = streamContract(schema.file);
  const isCommand = options.kind === EventKind.COMMAND;
  const keyPath = options.key === "" ? undefined : readableField(schema, options.key);
  return {
    schema,
    type: schema.typeName,
    kind: isCommand ? "command" : "event",
    owner: options.owner,
    tree: isCommand ? "cmd" : "evt",
    stream: isCommand ? options.owner : stream.name,
    partitions: stream.partitions,
    subjectType: options.subject || schema.typeName,
    retry: toRetryPolicy(options.retry),
    deadLetterRetentionMs: (options.deadLetter?.retentionDays ?? 30) * dayMs,
    sensitiveFields: sensitiveFieldPaths(schema),
    deprecation: toDeprecation(schema, options),
    keyOf: (message) => (keyPath ? fieldText(message, keyPath) : undefined),
    idempotencyKeyOf: idempotencyKeyReader(schema, options.idempotency),
  };
}

function readableField(schema: DescMessage, path: string): FieldPath {
  const fields = findFieldPath(schema, path);
  if (fields !== undefined && hasFieldText(fields.at(-1)!)) return fields;
  throw new ConcordError(
    "invalid_contract",
    `${schema.typeName} has no singular string, integer, bool or enum field "${path}"`,
  );
}

function idempotencyKeyReader(schema: DescMessage, names: readonly string[]): (message: Message) => string | undefined {
  if (names.length === 0) return () => undefined;
  const paths = names.map((name) => readableField(schema, name));
  return (message) =>
    joinFieldTexts(paths.map((path, index) => fieldText(message, path) ?? refuseUnset(schema, names[index]!)));
}

function refuseUnset(schema: DescMessage, field: string): never {
  throw new ConcordError("invalid_data", `${schema.typeName} needs ${field}: it names the business operation`, {
    details: { violations: [{ field, rule: "required", message: "names the business operation, so it must be set" }] },
  });
}

function toDeprecation(schema: DescMessage, { deprecation }: EventOptions): EventDeprecation | undefined {
  if (deprecation === undefined) return schema.deprecated ? { since: "", replacedBy: "", note: "" } : undefined;
  const { since, replacedBy, note } = deprecation;
  return { since, replacedBy, note };
}
