import { create, type DescMessage, type Message } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import type { Validate } from "../validate.ts";
import type { Finding } from "./contract-fault.ts";
import type { ContractSet, DeclaredEvent } from "./contract-set.ts";
import { type FieldPath, findFieldPath } from "./field-path.ts";
import { hasFieldText } from "./field-text.ts";
import { isSensitive } from "./sensitive-field.ts";
import { eventDeclaration } from "./source-position.ts";

const subjectTokens = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/** Finds events that name no owner, or one that no service is (rule EVENT_OWNER_KNOWN). */
export function* eventOwnerKnown(set: ContractSet): Iterable<Finding> {
  const names = new Set(set.services.map(({ options }) => options.name));
  for (const { schema, options, isCommand } of set.events.values()) {
    const at = eventDeclaration(schema);
    if (options.owner === "") {
      yield {
        at,
        message: `${schema.typeName} names no owner; set owner to the service that ${ownerRole(isCommand)} it`,
      };
      continue;
    }
    const isJudged =
      set.complete || (!isCommand && set.services.some((service) => service.schema.file === schema.file));
    if (isJudged && !names.has(options.owner)) {
      yield { at, message: `${schema.typeName} is owned by "${options.owner}", but no service has that name` };
    }
  }
}

/** Finds events whose file names no stream to keep them (rule EVENT_STREAM_EXISTS). */
export function* eventStreamExists(set: ContractSet): Iterable<Finding> {
  const withStream = new Set(set.streams.map(({ file }) => file));
  for (const { schema } of set.events.values()) {
    if (withStream.has(schema.file)) continue;
    const message = `${schema.typeName} has no stream; set option (concord.event.v1.stream) in its file`;
    yield { at: eventDeclaration(schema), message };
  }
}

/** Finds keys that cannot order events: no such field, no text, or possibly empty (rule EVENT_KEY_FIELD). */
export function* eventKeyField({ events, validate }: ContractSet): Iterable<Finding> {
  for (const { schema, options } of events.values()) {
    if (options.key === "") continue;
    const at = eventDeclaration(schema);
    const fault = pathFault(schema, options.key);
    if (fault) {
      yield { at, message: `the key of ${schema.typeName} ${fault}` };
    } else if (validate && mayBeEmpty(schema, options.key, validate)) {
      yield { at, message: `the key of ${schema.typeName}, "${options.key}", may be empty; give the field a rule` };
    }
  }
}

/** Finds idempotency fields that cannot name an operation (rule EVENT_IDEMPOTENCY_FIELDS). */
export function* eventIdempotencyFields({ events }: ContractSet): Iterable<Finding> {
  for (const { schema, options } of events.values()) {
    const at = eventDeclaration(schema);
    for (const [index, path] of options.idempotency.entries()) {
      const fault = options.idempotency.indexOf(path) < index ? `names "${path}" twice` : pathFault(schema, path);
      if (fault) yield { at, message: `the idempotency of ${schema.typeName} ${fault}` };
    }
  }
}

/** Finds sensitive fields that would leak into subjects and headers (rule SENSITIVE_NOT_IN_KEY). */
export function* sensitiveNotInKey({ events }: ContractSet): Iterable<Finding> {
  for (const { schema, options } of events.values()) {
    for (const path of new Set([options.key, ...options.idempotency])) {
      if (!findFieldPath(schema, path)?.some(isSensitive)) continue;
      const message = `"${path}" of ${schema.typeName} is sensitive, so it must be no part of a key or operation`;
      yield { at: eventDeclaration(schema), message };
    }
  }
}

/** Finds subject overrides that are illegal or taken by another event (rule SUBJECT_NO_OVERLAP). */
export function* subjectNoOverlap({ events }: ContractSet): Iterable<Finding> {
  const holders = new Map<string, DeclaredEvent>();
  for (const event of events.values()) {
    const { schema, options } = event;
    const at = eventDeclaration(schema);
    if (options.subject !== "" && !subjectTokens.test(options.subject)) {
      yield {
        at,
        message: `the subject of ${schema.typeName} needs tokens of A-Z, a-z, 0-9, _ and -, with dots between`,
      };
    }
    const subject = `${subjectRoot(event)} ${options.subject || schema.typeName}`;
    const holder = holders.get(subject);
    if (holder) yield { at, message: `${schema.typeName} has the subject of ${holder.schema.typeName}` };
    holders.set(subject, event);
  }
}

function ownerRole(isCommand: boolean): string {
  return isCommand ? "handles" : "publishes";
}

/** Events share the subjects of their file's stream, commands those of their owner. */
function subjectRoot({ schema, options, isCommand }: DeclaredEvent): string {
  return isCommand ? `cmd ${options.owner}` : `evt ${schema.file.proto.name}`;
}

function pathFault(schema: DescMessage, path: string): string | undefined {
  const fields = findFieldPath(schema, path);
  if (fields === undefined) return `names "${path}", which is no field, or lies in a list or map`;
  if (!hasFieldText(fields.at(-1)!)) return `names "${path}", which is no singular string, integer, bool or enum`;
  return undefined;
}

/** Tells whether a message passes its rules with the field unset, while the messages around the field are there. */
function mayBeEmpty(schema: DescMessage, path: string, validate: Validate): boolean {
  const around = validate(schema, emptyAlong(schema, findFieldPath(schema, path)!));
  return !around.some(({ field }) => field === path);
}

function emptyAlong(schema: DescMessage, path: FieldPath): Message {
  const message = create(schema);
  let current = reflect(schema, message);
  for (const field of path) {
    if (field.fieldKind !== "message") continue;
    const inner = reflect(field.message);
    current.set(field, inner);
    current = inner;
  }
  return message;
}
