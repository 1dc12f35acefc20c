import type { DescMessage, JsonValue } from "@bufbuild/protobuf";
import { base64Decode } from "@bufbuild/protobuf/wire";
import type { UniversalHandler, UniversalHandlerFn, UniversalServerRequest } from "@connectrpc/connect/protocol";
import { errorToJson } from "@connectrpc/connect/protocol-connect";
import { toConnectError } from "./error-code.ts";
import { unknownEnum, walkEnums } from "./json-enums.ts";

/**
 * Has a unary method refuse JSON with enum names that its contract does not have, naming the field: the reader overlooks
 * unknown fields, and with them such values, as if they were unset (ADR 0023). Given back as it is where there are no enums.
 */
export function requireKnownEnums(handler: UniversalHandler, maxBytes: number): UniversalHandler {
  const { method } = handler;
  const check = method.methodKind === "unary" ? createCheck(method.input) : undefined;
  if (!check) return handler;
  const run: UniversalHandlerFn = async (request) => {
    const { read, given } = await readJson(request, maxBytes);
    try {
      if (given !== undefined) check(given);
    } catch (error) {
      return refuse(error);
    }
    return handler(read);
  };
  return Object.assign(run, handler);
}

function createCheck(message: DescMessage): ((json: JsonValue) => unknown) | undefined {
  return walkEnums(message, ({ values }, name, path) => {
    const names = values.map((value) => value.name);
    if (names.includes(name)) return name;
    throw unknownEnum(path, names);
  });
}

interface Read {
  /** The request, to be read again. */
  readonly read: UniversalServerRequest;
  /** Its JSON; undefined when it is none, which is for others to refuse. */
  readonly given?: JsonValue | undefined;
}

async function readJson(request: UniversalServerRequest, maxBytes: number): Promise<Read> {
  if (request.method === "GET") return { read: request, given: readQuery(request.url) };
  const isJson = /^application\/json\s*(;|$)/i.test(request.header.get("content-type") ?? "");
  if (!isJson || request.header.has("content-encoding") || !isStream(request.body)) return { read: request };
  const chunks: Uint8Array[] = [];
  let length = 0;
  const body = request.body[Symbol.asyncIterator]();
  for (let next = await body.next(); !next.done; next = await body.next()) {
    chunks.push(next.value);
    length += next.value.length;
    if (length > maxBytes) break;
  }
  const read = { ...request, body: again(chunks, body) };
  return { read, given: length > maxBytes ? undefined : parse(Buffer.concat(chunks).toString("utf8")) };
}

function isStream(body: UniversalServerRequest["body"]): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

async function* again(chunks: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** The message of a call by GET (https://connectrpc.com/docs/protocol#unary-get-request). */
function readQuery(url: string): JsonValue | undefined {
  const query = new URL(url).searchParams;
  const message = query.get("message") ?? "";
  if (query.get("encoding") !== "json" || query.has("compression")) return undefined;
  if (query.get("base64") !== "1") return parse(message);
  try {
    return parse(Buffer.from(base64Decode(message)).toString("utf8"));
  } catch {
    return undefined;
  }
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuse(thrown: unknown): Awaited<ReturnType<UniversalHandlerFn>> {
  const error = errorToJson(toConnectError(thrown), undefined);
  const header = new Headers({ "content-type": "application/json" });
  return { status: 400, header, body: once(Buffer.from(JSON.stringify(error))) };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
