import { create, fromJson, toJson } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@bufbuild/protobuf/wkt";
import { BadRequest } from "./error.ts";

/** Reads bytes as the protocol writes them: hex digits, or `{"fill": "61", "size": 10}`. */
export function toBytes(value: Value | undefined): Uint8Array | undefined {
  if (value === undefined) return undefined;
  const json = toJson(ValueSchema, value);
  if (typeof json === "string") return fromHex(json);
  if (typeof json === "object" && json !== null && !Array.isArray(json)) {
    const { fill, size } = json;
    if (typeof fill === "string" && typeof size === "number") return Buffer.alloc(size, fromHex(fill));
  }
  throw new BadRequest('bytes are hex digits or {"fill", "size"}');
}

/** Writes bytes as hex digits. */
export function fromBytes(bytes: Uint8Array): Value {
  return create(ValueSchema, { kind: { case: "stringValue", value: Buffer.from(bytes).toString("hex") } });
}

/** Gives any JSON as a value. */
export function toValue(json: string | number): Value {
  return fromJson(ValueSchema, json);
}

function fromHex(text: string): Uint8Array {
  if (text.length % 2 === 0 && !/[^0-9a-f]/i.test(text)) return Buffer.from(text, "hex");
  throw new BadRequest("bytes are an even number of hex digits");
}
