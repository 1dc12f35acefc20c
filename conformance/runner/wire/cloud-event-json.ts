import type { PlainEnvelope } from "@concord/gen/concord/conformance/v1/message_pb.js";
import { isJsonObject, type Json } from "../suite/json.ts";
import { fromCloudEvent, toCloudEvent } from "./cloud-event.ts";
import { CodeError } from "./code-error.ts";

/** Writes a CloudEvent in JSON, data as `data_base64` (F20). */
export function toJsonEvent(plain: PlainEnvelope): Uint8Array {
  const { attributes, data } = toCloudEvent(plain);
  const base64 = data === undefined ? {} : { data_base64: Buffer.from(data, "hex").toString("base64") };
  return Buffer.from(JSON.stringify({ ...attributes, ...base64 }));
}

/** Reads a CloudEvent in JSON. */
export function fromJsonEvent(body: Uint8Array): PlainEnvelope {
  const json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) as Json;
  if (!isJsonObject(json)) throw new CodeError("undecodable", "no JSON object");
  const { data_base64: base64, data, ...rest } = json;
  if (base64 !== undefined && data !== undefined) throw new CodeError("undecodable", "two kinds of data");
  const attributes = Object.entries(rest).filter(([, value]) => value !== null);
  return fromCloudEvent({
    attributes: Object.fromEntries(attributes.map(([name, value]) => [name, String(value)])),
    data: dataHex(base64, data),
  });
}

function dataHex(base64: Json | undefined, data: Json | undefined): string | undefined {
  if (typeof base64 === "string") return Buffer.from(base64, "base64").toString("hex");
  if (data === undefined) return undefined;
  return Buffer.from(typeof data === "string" ? data : JSON.stringify(data)).toString("hex");
}
