import {
  type DescMethod,
  fromJson,
  type JsonValue,
  type Message,
  type MessageInitShape,
  toJson,
} from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@bufbuild/protobuf/wkt";
import { EchoService } from "@concord/gen/concord/conformance/v1/fixture_rpc_pb.js";
import type { RpcCallReplySchema, RpcCallRequest } from "@concord/gen/concord/conformance/v1/rpc_pb.js";
import { isConcordError } from "@concord/sdk";
import type { CallOptions, Client } from "@connectrpc/connect";
import { BadRequest } from "../protocol/error.ts";
import type { EchoClientOptions } from "./rpc-faults.ts";
import { fromHttpHeaders, toHttpHeaders } from "./rpc-headers.ts";

type Reply = MessageInitShape<typeof RpcCallReplySchema>;

/** How such a client is made. */
export type OpenClient = (options: EchoClientOptions) => Client<typeof EchoService>;

/** Makes the call that the runner asks for and tells how it ended. */
export async function callMethod(asked: RpcCallRequest, open: OpenClient): Promise<Reply> {
  const method = methodOf(asked.method);
  const client = open({ ...wayOf(asked), ...(asked.mayRetry ? {} : { retry: false }) });
  const heard: { headers?: Headers; trailers?: Headers; messages: JsonValue[] } = { messages: [] };
  let error: Reply["error"];
  try {
    await perform(client, method, asked, heard);
  } catch (thrown) {
    error = toRpcError(thrown);
  }
  return {
    headers: fromHttpHeaders(heard.headers ?? new Headers()),
    messages: heard.messages.map((message) => fromJson(ValueSchema, message)),
    trailers: fromHttpHeaders(heard.trailers ?? new Headers()),
    ...(error && { error }),
  };
}

const wayPattern = /^(?<protocol>connect|grpc|grpc-web)-(?<http>h1|h2c)(?:-(?:proto|json))?$/;

/** Options of a client by the protocol's words. */
export function wayOf({ url, way }: Pick<RpcCallRequest, "url" | "way">): EchoClientOptions {
  const json = way.endsWith("-json");
  if (way.startsWith("nats-")) return { json };
  const { groups } = wayPattern.exec(way) ?? {};
  if (!groups) throw new BadRequest(`there is no way ${way}`);
  const protocol = groups.protocol as "connect" | "grpc" | "grpc-web";
  return { url, protocol, httpVersion: groups.http === "h2c" ? "2" : "1.1", json };
}

interface Heard {
  headers?: Headers;
  trailers?: Headers;
  readonly messages: JsonValue[];
}

async function perform(
  client: Client<typeof EchoService>,
  method: DescMethod,
  { messages: asked, headers, timeoutMs, cancelAfterMs, inTurn }: RpcCallRequest,
  heard: Heard,
): Promise<void> {
  const requests = asked.map((message) => fromJson(method.input, jsonOf(message)));
  const options: CallOptions = {
    headers: toHttpHeaders(headers),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(cancelAfterMs === undefined ? {} : { signal: AbortSignal.timeout(cancelAfterMs) }),
    onHeader: (received) => (heard.headers = received),
    onTrailer: (received) => (heard.trailers = received),
  };
  const hear = (message: Message) => heard.messages.push(toJson(method.output, message, toText));
  const call = client[method.localName as keyof typeof client] as (
    request: unknown,
    options: CallOptions,
  ) => Promise<Message> & AsyncIterable<Message>;
  const takesStream = method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming";
  const request = takesStream ? speak(requests, heard, inTurn) : requests[0];
  if (method.methodKind === "unary" || method.methodKind === "client_streaming") hear(await call(request, options));
  else for await (const message of call(request, options)) hear(message);
}

const toText = { alwaysEmitImplicit: true };

/** Says one message after the other; in turn: each when the one before was answered. */
async function* speak(requests: readonly object[], { messages }: Heard, inTurn: boolean): AsyncGenerator<object> {
  for (const [index, request] of requests.entries()) {
    while (inTurn && messages.length < index) await new Promise((resolve) => setTimeout(resolve, 1));
    yield request;
  }
}

function methodOf(name: string): DescMethod {
  const found = EchoService.methods.find((method) => method.name === name);
  if (found) return found;
  throw new BadRequest(`EchoService has no method ${name}`);
}

function jsonOf(value: Value): JsonValue {
  return toJson(ValueSchema, value) as JsonValue;
}

/** What a user of the SDK sees. */
function toRpcError(thrown: unknown): Reply["error"] {
  if (!isConcordError(thrown)) return { code: "unknown", message: String(thrown) };
  const { violations = [] } = thrown.details as { violations?: readonly { field: string; message: string }[] };
  return {
    code: thrown.code,
    message: thrown.message,
    violations: violations.map(({ field, message }) => ({ field, message })),
  };
}
