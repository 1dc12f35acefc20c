import type { DescField, DescMessage, JsonObject, JsonValue, Message } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { isSensitive } from "./contract/sensitive-field.ts";

/** Stands for a value that must not be logged. */
export const redacted = "[redacted]";

/** Messages whose fields carry values without a contract that could mark them. */
const opaqueTypes: ReadonlySet<string> = new Set([
  "google.protobuf.Any",
  "google.protobuf.Struct",
  "google.protobuf.Value",
  "google.protobuf.ListValue",
]);

/**
 * Gives a message as a plain object for logs, by proto names and without unset fields. Values that the contract marks
 * sensitive are replaced by `[redacted]`, in nested messages, lists and maps too; values of unknown meaning (unknown
 * fields, bytes, `Any`, `Struct`) are left out or replaced.
 */
export function redact(schema: DescMessage, message: Message): JsonObject {
  return redactMessage(reflect(schema, message));
}

function redactMessage(message: ReflectMessage): JsonObject {
  const result: JsonObject = {};
  for (const field of message.sortedFields) {
    if (message.isSet(field)) result[field.name] = isSensitive(field) ? redacted : fieldValue(message, field);
  }
  return result;
}

function fieldValue(message: ReflectMessage, field: DescField): JsonValue {
  switch (field.fieldKind) {
    case "message":
      return plainValue(message.get(field));
    case "list":
      return [...message.get(field)].map(plainValue);
    case "map":
      return Object.fromEntries([...message.get(field)].map(([key, value]) => [String(key), plainValue(value)]));
    default:
      return plainValue(message.get(field));
  }
}

function plainValue(value: unknown): JsonValue {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return `[${value.length} bytes]`;
  if (typeof value !== "object" || value === null) return value as JsonValue;
  const message = value as ReflectMessage;
  return opaqueTypes.has(message.desc.typeName) ? redacted : redactMessage(message);
}
