import { fieldDeclaration, messageDeclaration } from "@concord/sdk/contract";
import type { ContractChange } from "../change/contract-change.ts";
import { type FieldPair, fieldPairs, messagePairs } from "../change/event-fields.ts";
import { compareFieldRules, isRequired } from "../change/field-rules.ts";
import { aboutField, type ChangeFinding, type Places } from "../change/finding.ts";
import { fieldTypeText } from "./field-type.ts";

/** Finds fields that stored events lack and must have now (rule FIELD_MADE_REQUIRED). */
export function* fieldMadeRequired(change: ContractChange): Iterable<ChangeFinding> {
  for (const pair of fieldPairs(change)) {
    if (isRequired(pair.before) || !isRequired(pair.after)) continue;
    yield aboutField(change, pair, placesOf(pair), requiredWords(pair.path, pair.event.name));
  }
  for (const { event, prefix, before, after } of messagePairs(change)) {
    const known = new Set(before.fields.map(({ number }) => number));
    for (const field of after.fields.filter((each) => !known.has(each.number) && isRequired(each))) {
      const path = prefix + field.name;
      const places = { at: fieldDeclaration(field), against: messageDeclaration(before) };
      yield aboutField(change, { event, path }, places, requiredWords(path, event.name));
    }
  }
}

/** Finds rules that refuse what stored events hold (rule VALIDATION_TIGHTENED). */
export function* validationTightened(change: ContractChange): Iterable<ChangeFinding> {
  for (const pair of sameTypePairs(change)) {
    const { tighter } = compareFieldRules(pair.before, pair.after);
    if (tighter.length === 0) continue;
    const message = `"${pair.path}" of ${pair.event.name} allows less (${tighter.join("; ")}): stored events may fail on replay`;
    yield aboutField(change, pair, placesOf(pair), message);
  }
}

/** Finds rules that let through what consumers on the old contract refuse (rule VALIDATION_LOOSENED). */
export function* validationLoosened(change: ContractChange): Iterable<ChangeFinding> {
  for (const pair of sameTypePairs(change)) {
    const { looser } = compareFieldRules(pair.before, pair.after);
    const isOptional = isRequired(pair.before) && !isRequired(pair.after);
    const words = [...(isOptional ? ["required true → none"] : []), ...looser];
    if (words.length === 0) continue;
    const message = `"${pair.path}" of ${pair.event.name} allows more (${words.join("; ")}): consumers on the old contract refuse it; deploy them first`;
    yield aboutField(change, pair, placesOf(pair), message);
  }
}

/** Rules of another type cannot be compared, and FIELD_TYPE tells of it anyway. */
function sameTypePairs(change: ContractChange): FieldPair[] {
  return fieldPairs(change).filter(({ before, after }) => fieldTypeText(before) === fieldTypeText(after));
}

function requiredWords(path: string, event: string): string {
  return `"${path}" of ${event} is required now: stored events without it fail on replay; let the handler live without it`;
}

function placesOf({ before, after }: FieldPair): Places {
  return { at: fieldDeclaration(after), against: fieldDeclaration(before) };
}
