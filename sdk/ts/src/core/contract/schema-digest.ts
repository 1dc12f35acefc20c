import { createHash } from "node:crypto";
import { type DescEnum, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";

const prefix = "urn:concord:schema:";
const hexDigits = 32;

/**
 * Digests what a message looks like on the wire, with every type that it reaches: two schemas of one digest write and read
 * the same (conformance F16). One line for each field, `message number name type label typename`, and for each value of an
 * enum; sorted, each ended by a line feed; the first 128 bits of their SHA-256.
 */
export function schemaDigest(schema: DescMessage): string {
  const lines = new Set<string>();
  collectMessage(schema, new Set(), lines);
  const text = [...lines].sort(byBytes).map((line) => `${line}\n`);
  return prefix + createHash("sha256").update(text.join("")).digest("hex").slice(0, hexDigits);
}

/** As every language sorts UTF-8, which for names in ASCII is the order of their characters. */
function byBytes(left: string, right: string): number {
  return left < right ? -1 : 1;
}

function collectMessage(message: DescMessage, seen: Set<string>, lines: Set<string>): void {
  if (seen.has(message.typeName)) return;
  seen.add(message.typeName);
  for (const field of message.fields) {
    if (field.fieldKind === "map") collectMap(message, field, seen, lines);
    else {
      lines.add(
        [message.typeName, field.number, field.name, typeOf(field), labelOf(field), ...nameOf(field)].join(" "),
      );
      collectReached(field, seen, lines);
    }
  }
}

/** A map is a list of entries, messages whose name comes from the field's. */
function collectMap(
  message: DescMessage,
  field: DescField & { fieldKind: "map" },
  seen: Set<string>,
  lines: Set<string>,
) {
  const entry = `${message.typeName}.${entryName(field.name)}`;
  lines.add([message.typeName, field.number, field.name, "message", "map", entry].join(" "));
  lines.add([entry, 1, "key", scalarName(field.mapKey), "singular"].join(" "));
  lines.add([entry, 2, "value", typeOf(field), "singular", ...nameOf(field)].join(" "));
  collectReached(field, seen, lines);
}

function collectReached(field: DescField, seen: Set<string>, lines: Set<string>): void {
  if (field.message) collectMessage(field.message, seen, lines);
  if (field.enum) collectEnum(field.enum, lines);
}

function collectEnum(type: DescEnum, lines: Set<string>): void {
  for (const { number, name } of type.values) lines.add([type.typeName, number, name].join(" "));
}

function typeOf(field: DescField): string {
  if (field.message) return "message";
  return field.enum ? "enum" : scalarName(field.scalar!);
}

function nameOf(field: DescField): string[] {
  const type = field.message ?? field.enum;
  return type ? [type.typeName] : [];
}

function labelOf(field: DescField): string {
  if (field.fieldKind === "list") return "repeated";
  return field.proto.proto3Optional ? "optional" : "singular";
}

function scalarName(scalar: ScalarType): string {
  return ScalarType[scalar].toLowerCase();
}

/** As protoc names the entry of a map field: `unit_prices` has `UnitPricesEntry`. */
function entryName(field: string): string {
  return `${field.replace(/(?:^|_)(.)/g, (_, first: string) => first.toUpperCase())}Entry`;
}
