import type { DescEnum, DescField, DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { ConcordError } from "../core/error.ts";

/** Turns enum names of JSON into another form, all over a message. */
export type EnumNames = (json: JsonValue) => JsonValue;

/** What becomes of one name; the path leads to its field, such as `lines[0].kind`. */
export type RenameEnum = (descriptor: DescEnum, name: string, path: string) => string;

/** Makes the function that renames enum values all over the JSON of a message; undefined for a message without enums. */
export function walkEnums(message: DescMessage, rename: RenameEnum): EnumNames | undefined {
  const holders = enumHolders(message);
  return holders.has(message) ? (json) => renameIn(message, json, { rename, holders, path: "" }) : undefined;
}

/**
 * The refusal of a name that an enum does not have. Taken as unset, as readers of JSON do that overlook unknown fields, it
 * would become another value than the caller meant (ADR 0023).
 */
export function unknownEnum(path: string, names: readonly string[]): ConcordError {
  const message = `${path} is none of ${names.join(", ")}`;
  return new ConcordError("invalid_argument", message, { details: { field: path } });
}

interface Renaming {
  readonly rename: RenameEnum;
  /** Messages with enums anywhere below. */
  readonly holders: ReadonlySet<DescMessage>;
  /** Where the message stands, with a dot behind it. */
  readonly path: string;
}

function renameIn(message: DescMessage, json: JsonValue, renaming: Renaming): JsonValue {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return json;
  const result: JsonObject = { ...json };
  for (const field of message.fields) {
    for (const name of new Set([field.name, field.jsonName])) {
      const value = result[name];
      if (value !== undefined) result[name] = renameField(field, value, renaming);
    }
  }
  return result;
}

function renameField(field: DescField, value: JsonValue, renaming: Renaming): JsonValue {
  const at = `${renaming.path}${field.name}`;
  const each = (one: JsonValue, path: string): JsonValue => {
    if (field.enum && typeof one === "string") return renaming.rename(field.enum, one, path);
    if (!field.message || !renaming.holders.has(field.message)) return one;
    return renameIn(field.message, one, { ...renaming, path: `${path}.` });
  };
  if (field.fieldKind === "list")
    return Array.isArray(value) ? value.map((one, index) => each(one, `${at}[${index}]`)) : value;
  if (field.fieldKind !== "map" || typeof value !== "object" || value === null || Array.isArray(value))
    return each(value, at);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, each(one, at)]));
}

/** Messages that refer to each other in a circle are looked at once. */
function enumHolders(root: DescMessage): ReadonlySet<DescMessage> {
  const reachable = new Set<DescMessage>();
  const visit = (message: DescMessage) => {
    if (reachable.has(message)) return;
    reachable.add(message);
    for (const { message: next } of message.fields) if (next) visit(next);
  };
  visit(root);
  const holders = new Set<DescMessage>();
  for (let before = -1; before !== holders.size; ) {
    before = holders.size;
    for (const message of reachable) {
      const holds = message.fields.some((field) => field.enum || (field.message && holders.has(field.message)));
      // Well-known types have JSON of their own.
      if (holds && !message.typeName.startsWith("google.protobuf.")) holders.add(message);
    }
  }
  return holders;
}
