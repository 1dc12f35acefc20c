import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import { codeToHttpStatus, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { oneChunk } from "./byte-stream.ts";
import { toConnectError } from "./error-code.ts";

/** Answers a unary call of the Connect protocol with a failure (https://connectrpc.com/docs/protocol#error-end-stream). */
export function refuseUnary(thrown: unknown): UniversalServerResponse {
  const error = toConnectError(thrown);
  const header = new Headers({ "content-type": "application/json" });
  return { status: codeToHttpStatus(error.code), header, body: oneChunk(errorToJsonBytes(error, undefined)) };
}
