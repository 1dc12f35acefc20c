import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { universalResponseToNodeResponse } from "@connectrpc/connect-node";
import { answer, answerJson, type HttpRequest, type HttpResponse } from "./answer.ts";
import { readCall } from "./read-call.ts";
import { writeHttp2 } from "./write-http2.ts";

/** Answers one HTTP request by the handler of an RPC method, in the protocol that it came in. */
export async function serveCall(
  handler: UniversalHandler,
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  const answered = await handler(readCall(request, response));
  await ("stream" in response ? writeHttp2(answered, response) : universalResponseToNodeResponse(answered, response));
}

/**
 * Answers a path that no method has, as each protocol wants it: gRPC by a status in the head
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses), Connect by an error in JSON.
 */
export function refuseUnknownPath(request: HttpRequest, response: HttpResponse): void {
  const type = request.headers["content-type"] ?? "";
  const message = `there is no ${request.method} ${pathOf(request)} here`;
  if (type.startsWith("application/grpc")) {
    const status = [["grpc-status", "12"] as const, ["grpc-message", encodeURIComponent(message)] as const];
    answer(response, 200, { body: "", type }, status);
  } else answerJson(response, 404, { code: isRpcType(type) ? "unimplemented" : "not_found", message });
}

/** The path of a request without its query. */
export function pathOf({ url = "/" }: HttpRequest): string {
  const query = url.indexOf("?");
  return query < 0 ? url : url.slice(0, query);
}

function isRpcType(type: string): boolean {
  return /^application\/(connect\+)?(proto|json)\b/.test(type);
}
