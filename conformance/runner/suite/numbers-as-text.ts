import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { isJsonObject, type Json, type JsonObject } from "./json.ts";

/**
 * Writes numbers as text where the schema wants text: a placeholder that is a whole string gives a number where its
 * value is one, and nobody who writes YAML wants to quote `padding: 10`.
 */
export function numbersAsText(message: DescMessage, json: Json): Json {
  if (!isJsonObject(json) || message.typeName.startsWith("google.protobuf.")) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => {
      const field = message.fields.find((each) => each.name === name || each.jsonName === name);
      return [name, field ? fieldValue(field, value) : value];
    }),
  );
}

function fieldValue(field: DescField, value: Json): Json {
  if (field.fieldKind === "list" && Array.isArray(value)) return value.map((each) => single(field, each));
  if (field.fieldKind !== "map" || !isJsonObject(value)) return single(field, value);
  return Object.fromEntries(Object.entries(value as JsonObject).map(([name, each]) => [name, single(field, each)]));
}

function single(field: DescField, value: Json): Json {
  if (field.message) return numbersAsText(field.message, value);
  return field.scalar === ScalarType.STRING && typeof value === "number" ? String(value) : value;
}
