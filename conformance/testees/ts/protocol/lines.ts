import { create, fromJson, type JsonObject, type MessageInitShape, toJson } from "@bufbuild/protobuf";
import { ReplySchema, type Request, RequestSchema } from "@concord/gen/concord/conformance/v1/testee_pb.js";
import type { TesteeReportSchema } from "@concord/gen/concord/conformance/v1/testee_report_pb.js";
import { BadRequest } from "./error.ts";

type ReplyInit = MessageInitShape<typeof ReplySchema>;

/** One line of input, or why it cannot be read. */
export type Line = { readonly n: number } & ({ readonly request: Request } | { readonly fault: BadRequest });

/** Reads one line. */
export function readLine(text: string): Line {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { n: 0, fault: new BadRequest("the line is no JSON") };
  }
  const n = numberOf(json);
  try {
    return { n, request: fromJson(RequestSchema, json as JsonObject, { ignoreUnknownFields: true }) };
  } catch (error) {
    return { n, fault: new BadRequest(error instanceof Error ? error.message : "the request does not read") };
  }
}

/** Writes the reply to a request, 0 being one that could not be read. */
export function writeReply(n: number, result: ReplyInit["result"]): string {
  return JSON.stringify({ n, ...toFields({ n, ...(result && { result }) }) });
}

/** Writes a report. */
export function writeReport(report: MessageInitShape<typeof TesteeReportSchema>): string {
  return JSON.stringify(toFields({ result: { case: "report", value: report } }));
}

function toFields(reply: ReplyInit): JsonObject {
  return toJson(ReplySchema, create(ReplySchema, reply), { useProtoFieldName: true }) as JsonObject;
}

function numberOf(json: unknown): number {
  const n = typeof json === "object" && json !== null ? (json as { readonly n?: unknown }).n : undefined;
  return typeof n === "number" && Number.isInteger(n) && n >= 0 ? n : 0;
}
