import { type DescField, isFieldSet, type Message, ScalarType } from "@bufbuild/protobuf";
import { escapeKeyPart } from "../key-token.ts";
import type { FieldPath } from "./field-path.ts";

const scalarsWithText: ReadonlySet<ScalarType> = new Set([
  ScalarType.STRING,
  ScalarType.BOOL,
  ScalarType.INT32,
  ScalarType.INT64,
  ScalarType.UINT32,
  ScalarType.UINT64,
  ScalarType.SINT32,
  ScalarType.SINT64,
  ScalarType.FIXED32,
  ScalarType.FIXED64,
  ScalarType.SFIXED32,
  ScalarType.SFIXED64,
]);

/** Tells whether a field has a text, so that it can be part of a key: a singular string, integer, bool or enum. */
export function hasFieldText(field: DescField): boolean {
  if (field.fieldKind === "enum") return true;
  return field.fieldKind === "scalar" && scalarsWithText.has(field.scalar);
}

/**
 * Writes the value at the end of a path as text, the same in every language (conformance F26): a string as it is, an
 * integer in decimal, a bool as `true` or `false`, an enum by its number.
 * @returns undefined when the field, or a message on the way to it, is unset. A field without presence is unset when it
 *   has its zero value.
 */
export function fieldText(message: Message, path: FieldPath): string | undefined {
  let current: unknown = message;
  for (const field of path) {
    if (!isFieldSet(current as Message, field)) return undefined;
    current = readField(current as Message, field);
  }
  return String(current);
}

/** Joins the texts of several fields: each escaped like a key, with `/` between them, so that no two lists collide. */
export function joinFieldTexts(texts: readonly string[]): string {
  return texts.map(escapeKeyPart).join("/");
}

function readField(message: Message, field: DescField): unknown {
  const owner = message as unknown as Record<string, unknown>;
  if (field.oneof === undefined) return owner[field.localName];
  return (owner[field.oneof.localName] as { readonly value?: unknown }).value;
}
