import type { PlainEnvelope } from "@concord/gen/concord/conformance/v1/message_pb.js";
import { fromCloudEvent, toCloudEvent } from "./cloud-event.ts";
import { CodeError } from "./code-error.ts";
import { headerValue, type WireHeader } from "./header-list.ts";

const defaultDataType = "application/protobuf";
const needsEscape = /[^!#$&-~]/;

/**
 * Writes a CloudEvent in NATS binary mode: attributes as `ce-*` headers, percent-encoded, data as the body. A plain
 * `content-type` stands exactly where there is data, so that empty data differ from none.
 */
export function toBinaryEvent(plain: PlainEnvelope): { headers: WireHeader[]; body: Uint8Array } {
  const { attributes, data } = toCloudEvent(plain);
  const headers = Object.entries(attributes).map(([name, value]) => ({
    name: `ce-${name}`,
    value: escapeHeader(value),
  }));
  const contentType = { name: "content-type", value: escapeHeader(plain.dataContentType ?? defaultDataType) };
  return { headers: data === undefined ? headers : [contentType, ...headers], body: Buffer.from(data ?? "", "hex") };
}

/** Reads a CloudEvent in NATS binary mode. */
export function fromBinaryEvent(headers: readonly WireHeader[], body: Uint8Array): PlainEnvelope {
  const named = headers.filter(({ name }) => name.toLowerCase().startsWith("ce-"));
  const attributes = Object.fromEntries(
    named.map(({ name, value }) => [name.toLowerCase().slice("ce-".length), unescapeHeader(value.trim())]),
  );
  const contentType = headerValue(headers, "content-type");
  const ofHttp = contentType !== undefined && contentType !== defaultDataType ? { datacontenttype: contentType } : {};
  const hasData = body.length > 0 || contentType !== undefined;
  return fromCloudEvent({
    attributes: { ...ofHttp, ...attributes },
    data: hasData ? Buffer.from(body).toString("hex") : undefined,
  });
}

/** Percent-encodes everything outside printable ASCII, and space, `"` and `%` (CloudEvents NATS binding, 3.1.3.2). */
export function escapeHeader(text: string): string {
  return Array.from(text, (char) => (needsEscape.test(char) ? escapeChar(char) : char)).join("");
}

function escapeChar(char: string): string {
  return Array.from(Buffer.from(char), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

function unescapeHeader(value: string): string {
  const text = /^".*"$/s.test(value) ? value.slice(1, -1).replace(/\\(.)/gs, "$1") : value;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new CodeError("undecodable", "a header that is not percent-encoded");
  }
}
