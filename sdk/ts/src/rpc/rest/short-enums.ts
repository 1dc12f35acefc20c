import type { DescEnum, DescField, DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf";

/** Turns enum names of JSON into another form, all over a message. */
export type EnumNames = (json: JsonValue) => JsonValue;

/**
 * Makes the function that writes enum values without the prefix that they all have: `CONFIRMED` for
 * `ORDER_STATUS_CONFIRMED`. JSON of a message without enums is given back as it is.
 */
export function shortenEnums(message: DescMessage): EnumNames {
  return walker(
    message,
    (descriptor, name) => descriptor.values.find((value) => value.name === name)?.localName ?? name,
  );
}

/** Makes the function that reads both forms of enum values; what is neither stays, for the reader to refuse. */
export function lengthenEnums(message: DescMessage): EnumNames {
  return walker(message, (descriptor, name) => {
    const found = descriptor.values.find((value) => value.localName === name || value.name === name);
    return found?.name ?? name;
  });
}

/** Tells the long name of an enum value; undefined when it has none of that name, long or short. */
export function longEnumName(descriptor: DescEnum, name: string): string | undefined {
  return descriptor.values.find((value) => value.localName === name || value.name === name)?.name;
}

type Rename = (descriptor: DescEnum, name: string) => string;

function walker(message: DescMessage, rename: Rename): EnumNames {
  const holders = enumHolders(message);
  if (!holders.has(message)) return (json) => json;
  return (json) => renameIn(message, json, { rename, holders });
}

interface Renaming {
  readonly rename: Rename;
  /** Messages with enums anywhere below. */
  readonly holders: ReadonlySet<DescMessage>;
}

function renameIn(message: DescMessage, json: JsonValue, renaming: Renaming): JsonValue {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return json;
  const result: JsonObject = { ...json };
  for (const field of message.fields) {
    for (const name of [field.name, field.jsonName]) {
      const value = result[name];
      if (value !== undefined) result[name] = renameField(field, value, renaming);
    }
  }
  return result;
}

function renameField(field: DescField, value: JsonValue, renaming: Renaming): JsonValue {
  const each = (one: JsonValue): JsonValue => {
    if (field.enum && typeof one === "string") return renaming.rename(field.enum, one);
    return field.message && renaming.holders.has(field.message) ? renameIn(field.message, one, renaming) : one;
  };
  if (field.fieldKind === "list") return Array.isArray(value) ? value.map(each) : value;
  if (field.fieldKind !== "map" || typeof value !== "object" || value === null || Array.isArray(value))
    return each(value);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, each(one)]));
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
