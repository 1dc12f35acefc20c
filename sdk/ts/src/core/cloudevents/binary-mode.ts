import type { Envelope } from "../envelope/envelope.ts";
import { validateEnvelope } from "../envelope/validate-envelope.ts";
import { type Headers, headerNames } from "../message.ts";
import { attributeText, type EventAttribute, optionalAttributes, specVersion, toEnvelope } from "./event-attributes.ts";
import { fromHeaderText, toHeaderText } from "./header-text.ts";

const prefix = "ce-";

/** The header that tells a CloudEvent in binary mode from any other message. */
export const specVersionHeader: string = `${prefix}specversion`;

/** What a body without a content type of its own is. */
const defaultDataType = "application/protobuf";

/** Headers and body of a CloudEvent in binary mode. */
export interface BinaryEvent {
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/**
 * Writes an envelope as a CloudEvent in binary mode: attributes as `ce-*` headers, data as the body (CloudEvents 1.0.3, NATS
 * binding 3.1). The plain `content-type` says that there is data, which an empty body alone could not.
 * @throws {ConcordError} `invalid_envelope`, `invalid_attribute`
 */
export function encodeBinaryEvent(envelope: Envelope): BinaryEvent {
  validateEnvelope(envelope);
  const { id, source, type, data, dataContentType } = envelope;
  const headers: Record<string, string> = {};
  if (data !== undefined) headers[headerNames.contentType] = toHeaderText(dataContentType ?? defaultDataType);
  const required: EventAttribute[] = Object.entries({ specversion: specVersion, id, source, type });
  for (const [name, value] of [...required, ...optionalAttributes(envelope)]) {
    headers[prefix + name] = toHeaderText(attributeText(value));
  }
  return { headers, body: data ?? new Uint8Array() };
}

/**
 * Reads a CloudEvent in binary mode.
 * @param headers names in lower case
 * @throws {ConcordError} `undecodable`, `invalid_envelope`, `invalid_attribute`
 */
export function decodeBinaryEvent({ headers, body }: BinaryEvent): Envelope {
  const attributes = Object.entries(headers)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]): EventAttribute => [name.slice(prefix.length), fromHeaderText(value)]);
  const contentType = headers[headerNames.contentType];
  const hasData = body.length > 0 || contentType !== undefined;
  return toEnvelope([...plainContentType(contentType), ...attributes], hasData ? body : undefined);
}

/** Those who write as for HTTP tell the type of the data in the plain header alone. */
function plainContentType(contentType: string | undefined): EventAttribute[] {
  if (contentType === undefined || contentType === defaultDataType) return [];
  return [["datacontenttype", fromHeaderText(contentType)]];
}
