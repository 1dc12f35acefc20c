import { create, fromJson, type JsonValue, type MessageInitShape, toJson } from "@bufbuild/protobuf";
import { type Reply, ReplySchema, RequestSchema } from "@concord/gen/concord/conformance/v1/testee_pb.js";

/** What is asked. */
export type Op = Exclude<NonNullable<MessageInitShape<typeof RequestSchema>["op"]>, { case: undefined }>;

/** Writes a request as its line. */
export function writeRequest(n: number, deadlineMs: number, op: Op): string {
  const request = create(RequestSchema, { n, deadlineMs: Math.ceil(deadlineMs), op } as MessageInitShape<
    typeof RequestSchema
  >);
  return JSON.stringify(toJson(RequestSchema, request, { useProtoFieldName: true }));
}

/** Reads a line; undefined when it is no reply. */
export function readReply(line: string): Reply | undefined {
  try {
    const reply = fromJson(ReplySchema, JSON.parse(line) as JsonValue, { ignoreUnknownFields: true });
    return reply.result.case === undefined ? undefined : reply;
  } catch {
    return undefined;
  }
}

const shownChars = 200;

/** A line as a message can quote it. */
export function quoteLine(line: string): string {
  return line.length > shownChars ? `${line.slice(0, shownChars)}… (${line.length} characters)` : JSON.stringify(line);
}
