import { create } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@bufbuild/protobuf/wkt";
import { isJsonObject, type Json } from "../suite/json.ts";
import { SuiteError } from "../suite/suite-error.ts";

/** Bytes as the testee protocol writes them: lower hex. */
export function bytesJson(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** Bytes as a field of a request. */
export function readBytes(bytes: Uint8Array): Value {
  return create(ValueSchema, { kind: { case: "stringValue", value: bytesJson(bytes) } });
}

/**
 * Reads bytes: hex, or `{fill, size}`, or a list of both.
 * @throws {SuiteError} for anything else.
 */
export function bytesOfJson(json: Json | undefined): Uint8Array {
  if (typeof json === "string" && json.length % 2 === 0 && !/[^0-9a-f]/.test(json)) return Buffer.from(json, "hex");
  if (Array.isArray(json)) return Buffer.concat(json.map(bytesOfJson));
  if (isJsonObject(json) && typeof json.fill === "string" && typeof json.size === "number") {
    return Buffer.alloc(json.size, Buffer.from(json.fill, "hex"));
  }
  throw new SuiteError(
    `${JSON.stringify(json)?.slice(0, 100)} are no bytes: write lower hex or {"fill": "61", "size": 10}`,
  );
}

/** Reads bytes from a field of a request or reply. */
export function bytesFrom(value: Value | undefined): Uint8Array {
  return bytesOfJson(jsonOf(value));
}

/** A `google.protobuf.Value` as JSON. */
export function jsonOf(value: Value | undefined): Json | undefined {
  const kind = value?.kind;
  switch (kind?.case) {
    case undefined:
      return undefined;
    case "nullValue":
      return null;
    case "listValue":
      return kind.value.values.map((each) => jsonOf(each) ?? null);
    case "structValue":
      return Object.fromEntries(Object.entries(kind.value.fields).map(([name, each]) => [name, jsonOf(each) ?? null]));
    default:
      return kind!.value as Json;
  }
}
