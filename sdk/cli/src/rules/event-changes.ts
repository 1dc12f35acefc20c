import type { DescMessage } from "@bufbuild/protobuf";
import {
  type ContractSet,
  type DeclaredEvent,
  eventDeclaration,
  findFieldPath,
  messageDeclaration,
} from "@concord/sdk/contract";
import { type ContractChange, type EventPair, eventPairs, fileAfter } from "../change/contract-change.ts";
import { aboutEvent, breaksConsumers, type ChangeFinding, type Places } from "../change/finding.ts";
import { fieldTypeText } from "./field-type.ts";

/** Finds events whose message is gone (rule EVENT_REMOVED_OR_RENAMED). */
export function* eventRemoved(change: ContractChange): Iterable<ChangeFinding> {
  const { before, after } = change;
  for (const [name, { schema, isCommand }] of before.events) {
    if (after.messages.has(name)) continue;
    const file = fileAfter(change, schema);
    const renamed = [...after.events.values()].find((event) => isRenamed(schema, event.schema, before));
    const guess = renamed ? `; ${renamed.schema.typeName} has its fields, but a stored event keeps its old name` : "";
    const places = { at: file && { file, path: [] }, against: messageDeclaration(schema) };
    const message = `the ${isCommand ? "command" : "event"} ${name} is gone${guess}; deprecate it until no stream holds it`;
    yield breaksConsumers(change, name, places, message);
  }
}

/** Finds messages that were events and are none now (rule EVENT_UNMARKED). */
export function* eventUnmarked(change: ContractChange): Iterable<ChangeFinding> {
  for (const [name, { schema }] of change.before.events) {
    const now = change.after.messages.get(name);
    if (now === undefined || change.after.events.has(name)) continue;
    const places = { at: messageDeclaration(now), against: eventDeclaration(schema) };
    yield breaksConsumers(change, name, places, `${name} is no event any more, so nobody can publish or receive it`);
  }
}

/** Finds events that became commands, or the other way round (rule EVENT_KIND_SAME). */
export function* eventKindSame(change: ContractChange): Iterable<ChangeFinding> {
  for (const pair of eventPairs(change)) {
    if (pair.before.isCommand === pair.after.isCommand) continue;
    const [was, is] = pair.after.isCommand ? ["an event", "a command"] : ["a command", "an event"];
    const message = `${pair.name} was ${was} and is ${is}: its subjects change, and stored ones stay behind; declare a new message`;
    yield breaksConsumers(change, pair.name, optionPlaces(pair), message);
  }
}

/** Finds events that another service publishes now (rule EVENT_OWNER_SAME). */
export function* eventOwnerSame(change: ContractChange): Iterable<ChangeFinding> {
  for (const pair of eventPairs(change)) {
    if (pair.after.isCommand || !ownerChanged(pair)) continue;
    const message = `${ownerWords(pair)}: its source changes, and permissions must follow before the new owner publishes`;
    yield aboutEvent(change, pair.name, optionPlaces(pair), message);
  }
}

/** Finds commands that go to another service now (rule COMMAND_OWNER_SAME). */
export function* commandOwnerSame(change: ContractChange): Iterable<ChangeFinding> {
  for (const pair of eventPairs(change)) {
    if (!pair.after.isCommand || !ownerChanged(pair)) continue;
    const message = `${ownerWords(pair)}: its subject changes, and commands on their way stay behind; declare a new command`;
    yield aboutEvent(change, pair.name, optionPlaces(pair), message);
  }
}

/** Finds events with another key field (rule EVENT_KEY_SAME). */
export function* eventKeySame(change: ContractChange): Iterable<ChangeFinding> {
  for (const pair of eventPairs(change)) {
    const [was, is] = [pair.before.options.key, pair.after.options.key];
    if (was === is) continue;
    const message = `the key of ${pair.name} was ${quoted(was)} and is ${quoted(is)}: order and partition change; declare a new event`;
    yield { ...aboutEvent(change, pair.name, optionPlaces(pair), message), fields: [was, is].filter(Boolean) };
  }
}

/** Finds key fields whose type writes another text (rule KEY_FIELD_TYPE_SAME). */
export function* keyFieldTypeSame(change: ContractChange): Iterable<ChangeFinding> {
  for (const pair of eventPairs(change)) {
    const key = pair.before.options.key;
    if (key === "" || key !== pair.after.options.key) continue;
    const types = leafTypes(pair, key);
    if (types === undefined) continue;
    const message = `the key "${key}" of ${pair.name} was ${types.was} and is ${types.is}: one key may have two texts, and lose its order`;
    yield { ...aboutEvent(change, pair.name, optionPlaces(pair), message), fields: [key] };
  }
}

/** Finds events with another subject (rule SUBJECT_SAME). */
export function* subjectSame(change: ContractChange): Iterable<ChangeFinding> {
  for (const pair of eventPairs(change)) {
    const [was, is] = [pair.before.options.subject, pair.after.options.subject].map((text) => text || pair.name);
    if (was === is) continue;
    const message = `the subject of ${pair.name} ended in ${was} and ends in ${is}: filters and permissions miss it; keep it`;
    yield aboutEvent(change, pair.name, optionPlaces(pair), message);
  }
}

/** Finds events whose operations are named by other fields (rule IDEMPOTENCY_SAME). */
export function* idempotencySame(change: ContractChange): Iterable<ChangeFinding> {
  for (const pair of eventPairs(change)) {
    const [was, is] = [pair.before.options.idempotency, pair.after.options.idempotency];
    if (was.join() === is.join()) continue;
    const message = `operations of ${pair.name} were named by [${was.join(", ")}] and are by [${is.join(", ")}]: effects double or are swallowed across the switch`;
    yield { ...aboutEvent(change, pair.name, optionPlaces(pair), message), fields: [...new Set([...was, ...is])] };
  }
}

/** Finds idempotency fields that write another text (rule IDEMPOTENCY_FIELD_SEMANTICS). */
export function* idempotencyFieldSemantics(change: ContractChange): Iterable<ChangeFinding> {
  for (const pair of eventPairs(change)) {
    const kept = pair.before.options.idempotency.filter((path) => pair.after.options.idempotency.includes(path));
    for (const path of kept) {
      const types = leafTypes(pair, path);
      if (types === undefined) continue;
      const message = `"${path}", which names operations of ${pair.name}, was ${types.was} and is ${types.is}: a repeated operation is not recognized`;
      yield { ...aboutEvent(change, pair.name, optionPlaces(pair), message), fields: [path] };
    }
  }
}

/** Finds policies that give up on an event earlier or keep its dead letters less long (rule DEADLETTER_POLICY_WEAKER). */
export function* deadLetterPolicyWeaker(change: ContractChange): Iterable<ChangeFinding> {
  for (const pair of eventPairs(change)) {
    const [was, is] = [pair.before, pair.after].map(policy) as [Policy, Policy];
    const less = [
      ...(is.attempts < was.attempts ? [`${is.attempts} attempts instead of ${was.attempts}`] : []),
      ...(is.days < was.days ? [`dead letters for ${is.days} days instead of ${was.days}`] : []),
    ];
    if (less.length === 0) continue;
    yield aboutEvent(change, pair.name, optionPlaces(pair), `${pair.name} has ${less.join(" and ")}`);
  }
}

/** Finds events that were deprecated and are not any more (rule DEPRECATION_UNDONE). */
export function* deprecationUndone(change: ContractChange): Iterable<ChangeFinding> {
  for (const pair of eventPairs(change)) {
    if (!isDeprecated(pair.before) || isDeprecated(pair.after)) continue;
    const message = `${pair.name} is no longer deprecated; tell those who already moved away from it`;
    yield aboutEvent(change, pair.name, optionPlaces(pair), message);
  }
}

function optionPlaces({ before, after }: EventPair): Places {
  return { at: eventDeclaration(after.schema), against: eventDeclaration(before.schema) };
}

function ownerChanged({ before, after }: EventPair): boolean {
  return before.isCommand === after.isCommand && before.options.owner !== after.options.owner;
}

function ownerWords({ name, before, after }: EventPair): string {
  return `the owner of ${name} was "${before.options.owner}" and is "${after.options.owner}"`;
}

function quoted(path: string): string {
  return path === "" ? "none" : `"${path}"`;
}

/** The types of a leaf on both sides when they write different texts; undefined when they do not, or a side lacks it. */
function leafTypes({ before, after }: EventPair, path: string): { was: string; is: string } | undefined {
  const [old, now] = [findFieldPath(before.schema, path)?.at(-1), findFieldPath(after.schema, path)?.at(-1)];
  if (old === undefined || now === undefined) return undefined;
  const [was, is] = [fieldTypeText(old), fieldTypeText(now)];
  return was === is ? undefined : { was, is };
}

interface Policy {
  readonly attempts: number;
  readonly days: number;
}

/** Defaults as `RetryPolicy` and `DeadLetterPolicy` in options.proto name them. */
function policy({ options }: DeclaredEvent): Policy {
  return { attempts: options.retry?.maxAttempts ?? 5, days: options.deadLetter?.retentionDays ?? 30 };
}

function isDeprecated({ schema, options }: DeclaredEvent): boolean {
  return options.deprecation !== undefined || schema.deprecated;
}

/** Whether an event that is new in the package has exactly the fields of one that is gone. */
function isRenamed(old: DescMessage, now: DescMessage, before: ContractSet): boolean {
  const samePackage = old.file.proto.package === now.file.proto.package;
  return (
    samePackage && !before.messages.has(now.typeName) && old.fields.length > 0 && fieldsText(old) === fieldsText(now)
  );
}

function fieldsText({ fields }: DescMessage): string {
  return fields.map((field) => `${field.number} ${field.name} ${fieldTypeText(field)}`).join();
}
