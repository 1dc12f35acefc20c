import type { DescEnum, DescMessage } from "@bufbuild/protobuf";
import { type EnumNames, type RenameEnum, unknownEnum, walkEnums } from "../json-enums.ts";

/**
 * Makes the function that writes enum values without the prefix that they all have: `CONFIRMED` for
 * `ORDER_STATUS_CONFIRMED`. JSON of a message without enums is given back as it is.
 */
export function shortenEnums(message: DescMessage): EnumNames {
  return walk(message, (descriptor, name) => findValue(descriptor, name)?.localName ?? name);
}

/**
 * Makes the function that reads both forms of enum values.
 * @throws {ConcordError} `invalid_argument`, by the function made, naming the field whose value is neither.
 */
export function lengthenEnums(message: DescMessage): EnumNames {
  return walk(message, longEnumName);
}

/**
 * Tells the long name of an enum value, given that or the short one.
 * @throws {ConcordError} `invalid_argument` naming the field when it is neither.
 */
export function longEnumName(descriptor: DescEnum, name: string, path: string): string {
  const found = findValue(descriptor, name);
  if (found) return found.name;
  throw unknownEnum(
    path,
    descriptor.values.map(({ localName }) => localName),
  );
}

function findValue(descriptor: DescEnum, name: string) {
  return descriptor.values.find((value) => value.localName === name || value.name === name);
}

function walk(message: DescMessage, rename: RenameEnum): EnumNames {
  return walkEnums(message, rename) ?? ((json) => json);
}
