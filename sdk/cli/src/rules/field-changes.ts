import type { DescField } from "@bufbuild/protobuf";
import { fieldDeclaration, isSensitive, messageDeclaration } from "@concord/sdk/contract";
import type { ContractChange } from "../change/contract-change.ts";
import { type FieldPair, fieldPairs, messagePairs, writtenOneofs } from "../change/event-fields.ts";
import { aboutField, breaksReaders, type ChangeFinding, type Places } from "../change/finding.ts";
import { fieldTypeText } from "./field-type.ts";

/** Finds fields of events that are gone, also when their number is reserved (rule FIELD_REMOVED_EVENT). */
export function* fieldRemoved(change: ContractChange): Iterable<ChangeFinding> {
  for (const { event, prefix, before, after } of messagePairs(change)) {
    for (const field of before.fields) {
      if (after.fields.some(({ number }) => number === field.number)) continue;
      const path = prefix + field.name;
      const places = { at: messageDeclaration(after), against: fieldDeclaration(field) };
      const message = `"${path}" of ${event.name} is gone; keep it and mark it deprecated until the stream holds no event with it`;
      yield breaksReaders(change, { event, path }, places, message);
    }
  }
}

/** Finds fields of events with another type (rule FIELD_TYPE). */
export const fieldType = breakingFieldRule(({ event, path, before, after }) => {
  const [was, is] = [fieldTypeText(before), fieldTypeText(after)];
  if (was === is) return undefined;
  return `"${path}" of ${event.name} was ${was} and is ${is}: consumers and stored events keep the old type; add a new field`;
});

/** Finds fields of events with another name (rule FIELD_NAME). */
export const fieldName = breakingFieldRule(({ event, path, before, after }) =>
  before.name === after.name
    ? undefined
    : `"${path}" of ${event.name} is called "${after.name}": generated code and JSON change; keep the name`,
);

/** Finds fields of events with another name in JSON (rule FIELD_JSON_NAME). */
export const fieldJsonName = breakingFieldRule(({ event, path, before, after }) =>
  before.name !== after.name || before.jsonName === after.jsonName
    ? undefined
    : `"${path}" of ${event.name} was "${before.jsonName}" in JSON and is "${after.jsonName}"; keep it`,
);

/** Finds fields of events that are logged from now on (rule SENSITIVE_REMOVED). */
export const sensitiveRemoved = fieldRule(({ event, path, before, after }) =>
  isSensitive(before) && !isSensitive(after)
    ? `"${path}" of ${event.name} is no longer sensitive: it is logged from now on, also that of stored events`
    : undefined,
);

/** Finds fields of events that are sensitive only from now on (rule SENSITIVE_ADDED). */
export const sensitiveAdded = fieldRule(({ event, path, before, after }) =>
  !isSensitive(before) && isSensitive(after)
    ? `"${path}" of ${event.name} is sensitive now, but logs already hold it in clear; delete those`
    : undefined,
);

/** Finds enum values of events that are gone (rule ENUM_VALUE_REMOVED). */
export function* enumValueRemoved(change: ContractChange): Iterable<ChangeFinding> {
  for (const pair of fieldPairs(change)) {
    for (const name of missingValues(pair.before, pair.after)) {
      const message = `${name} of "${pair.path}" in ${pair.event.name} is gone, but stored events hold it; keep it and mark it deprecated`;
      yield breaksReaders(change, pair, fieldPlaces(pair), message);
    }
  }
}

/** Finds enum values that consumers do not know yet (rule ENUM_VALUE_ADDED). */
export function* enumValueAdded(change: ContractChange): Iterable<ChangeFinding> {
  for (const pair of fieldPairs(change)) {
    for (const name of missingValues(pair.after, pair.before)) {
      const message = `"${pair.path}" of ${pair.event.name} may be ${name}: deploy consumers that know it before anybody writes it`;
      yield aboutField(change, pair, fieldPlaces(pair), message);
    }
  }
}

/** Finds cases of a oneof that consumers do not know yet and see as unset (rule ONEOF_CASE_ADDED). */
export function* oneofCaseAdded(change: ContractChange): Iterable<ChangeFinding> {
  for (const { event, prefix, before, after } of messagePairs(change)) {
    for (const oneof of writtenOneofs(before)) {
      const now = writtenOneofs(after).find(({ name }) => name === oneof.name);
      const known = new Set(oneof.fields.map(({ number }) => number));
      for (const field of now?.fields.filter(({ number }) => !known.has(number)) ?? []) {
        const places = { at: fieldDeclaration(field), against: messageDeclaration(before) };
        const message = `"${oneof.name}" of ${event.name} has the new case "${field.name}", which old consumers see as unset: deploy them first`;
        // Who reads any case of the oneof meets the new one too.
        const read = oneof.fields.map(({ name }) => prefix + name);
        yield widest(
          read.map((path) => aboutField(change, { event, path }, places, message)),
          prefix + field.name,
        );
      }
    }
  }
}

function widest(findings: readonly ChangeFinding[], path: string): ChangeFinding {
  const [first] = findings.toSorted((left, right) => right.consumers.length - left.consumers.length);
  return { ...first!, fields: [path] };
}

/** Values that the first enum has and the second lacks, by number; none unless both are the same enum. */
function missingValues({ enum: from }: DescField, { enum: to }: DescField): string[] {
  if (from === undefined || to === undefined || from.typeName !== to.typeName) return [];
  return from.values
    .filter(({ number }) => !to.values.some((value) => value.number === number))
    .map(({ name }) => name);
}

type JudgeField = (pair: FieldPair) => string | undefined;

/** Makes a rule over fields that an event has before and after. */
function fieldRule(judge: JudgeField, find = aboutField) {
  return function* (change: ContractChange): Iterable<ChangeFinding> {
    for (const pair of fieldPairs(change)) {
      const message = judge(pair);
      if (message) yield find(change, pair, fieldPlaces(pair), message);
    }
  };
}

/** Makes such a rule over changes that readers do not survive. */
function breakingFieldRule(judge: JudgeField) {
  return fieldRule(judge, breaksReaders);
}

function fieldPlaces({ before, after }: FieldPair): Places {
  return { at: fieldDeclaration(after), against: fieldDeclaration(before) };
}
