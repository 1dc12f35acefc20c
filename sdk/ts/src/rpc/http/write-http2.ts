import type { Http2ServerResponse, OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";

/** An answer of a call, which may be there in full. */
export interface HttpAnswer extends UniversalServerResponse {
  /** All of its body, so that it goes out together with the end of the stream. */
  readonly whole?: Uint8Array | undefined;
}

/**
 * Writes the answer of a call on its HTTP/2 stream. One of gRPC that failed without a message is a head alone, as the
 * protocol has it (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses): clients repeat a call only
 * as long as they have seen no head in front of its status. Whoever makes the answer is told when it cannot be written.
 */
export async function writeHttp2(answer: HttpAnswer, response: Http2ServerResponse): Promise<void> {
  if (answer.whole) return writeWhole(answer, answer.whole, response);
  const { stream } = response;
  const { status, header, trailer, body } = answer;
  const chunks = body?.[Symbol.asyncIterator]();
  try {
    // Handlers may set headers until the first message.
    let chunk = await chunks?.next();
    if (stream.destroyed) return;
    const head = { ...response.getHeaders(), ...toHeaders(header), ":status": status };
    const hasMessage = chunk?.done === false;
    if (!hasMessage && (trailer?.get("grpc-status") ?? "0") !== "0") {
      stream.respond({ ...head, ...toHeaders(trailer) }, { endStream: true });
      return;
    }
    stream.respond(head, { waitForTrailers: trailer !== undefined });
    for (; chunk?.done === false; chunk = await chunks?.next()) {
      if (stream.destroyed) return tellGone(chunks);
      if (!stream.write(chunk.value)) await untilDrained(stream);
    }
    if (trailer && !stream.destroyed) response.addTrailers(toHeaders(trailer));
    stream.end();
  } finally {
    chunks?.return?.().catch(() => {});
  }
}

function writeWhole({ status, header, trailer }: HttpAnswer, whole: Uint8Array, response: Http2ServerResponse): void {
  const { stream } = response;
  if (stream.destroyed) return;
  const head = { ...response.getHeaders(), ...toHeaders(header), ":status": status };
  stream.respond(head, { waitForTrailers: trailer !== undefined });
  if (trailer) response.addTrailers(toHeaders(trailer));
  stream.end(whole);
}

function tellGone(chunks: AsyncIterator<Uint8Array> | undefined): void {
  chunks?.throw?.(new Error("the peer has gone")).catch(() => {});
}

function untilDrained(stream: ServerHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      stream.off("drain", settle).off("close", settle);
      resolve();
    };
    stream.on("drain", settle).on("close", settle);
  });
}

function toHeaders(headers: Headers | undefined): OutgoingHttpHeaders {
  const plain: OutgoingHttpHeaders = {};
  headers?.forEach((value, name) => {
    plain[name] = value;
  });
  return plain;
}
