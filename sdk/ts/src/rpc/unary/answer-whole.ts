import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { parseContentType } from "@connectrpc/connect/protocol-connect";
import { collectBytes, oneChunk } from "../byte-stream.ts";
import type { AnswerConnect, ConnectAnswered } from "./answer-connect.ts";

/** A request of the Connect protocol that has come in full. */
export interface WholeRequest {
  /** As handlers are told it. */
  readonly url: string;
  readonly header: Headers;
  readonly body: Uint8Array;
}

/** Answers calls that have come in full, by one of a router's handlers. */
export type AnswerWhole = (handler: UniversalHandler, request: WholeRequest) => Promise<ConnectAnswered>;

/** Makes the way for requests that come in one piece, as over NATS: the short one where the handler has one. */
export function createAnswerWhole(answers: ReadonlyMap<UniversalHandler, AnswerConnect>): AnswerWhole {
  return (handler, { url, header, body }) => {
    const answer = answers.get(handler);
    const type = parseContentType(header.get("content-type"));
    return answer && type && !type.stream
      ? answer({ url, header, binary: type.binary, read: () => body })
      : answerLong(handler, { url, header, body });
  };
}

async function answerLong(handler: UniversalHandler, { body, ...request }: WholeRequest): Promise<ConnectAnswered> {
  const response = await handler({
    ...request,
    httpVersion: "2",
    method: "POST",
    body: oneChunk(body),
    signal: new AbortController().signal,
  });
  const { status, header = new Headers() } = response;
  return { status, header, body: await collectBytes(response.body) };
}
