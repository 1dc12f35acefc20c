import type { JsonValue } from "@bufbuild/protobuf";
import { ConcordError } from "../../core/error.ts";
import type { HttpRequest } from "../http/answer.ts";

/**
 * Reads the JSON body of a request; undefined when there is none.
 * @throws {ConcordError} `too_large` beyond the limit; `unsupported_content_type` for what is no JSON or is compressed;
 * `invalid_argument` for JSON that does not read.
 */
export async function readJsonBody(request: HttpRequest, maxBytes: number): Promise<JsonValue | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > maxBytes) throw new ConcordError("too_large", `the body is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  if (length === 0) return undefined;
  refuseOtherTypes(request);
  const text = decode(Buffer.concat(chunks));
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConcordError("invalid_argument", "the body is no JSON", { cause });
  }
}

function refuseOtherTypes({ headers }: HttpRequest): void {
  const type = headers["content-type"] ?? "";
  const encoding = headers["content-encoding"] ?? "identity";
  if (/^application\/json\s*(;|$)/i.test(type) && encoding === "identity") return;
  throw new ConcordError("unsupported_content_type", "the body must be application/json, not compressed");
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ConcordError("invalid_argument", "the body is no UTF-8", { cause });
  }
}
