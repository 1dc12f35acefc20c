import type { Declaration } from "@concord/sdk/contract";
import { linkFiles } from "../change/file-registry.ts";
import { judgeChange, judgeContracts, type Verdict } from "../rules/judge.ts";
import type { Rule } from "../rules/rule.ts";
import {
  type Annotation,
  type CheckedFile,
  type CheckRequest,
  decodeCheckRequest,
  encodeCheckResponse,
  type FileLocation,
} from "./messages.ts";

/** Judges what a `buf.plugin.check.v1.CheckRequest` holds and writes the response; says nothing about imports. */
export async function answerCheck(bytes: Uint8Array): Promise<Uint8Array> {
  const request = decodeCheckRequest(bytes);
  const isWanted = wantedBy(request);
  const after = linkFiles(request.files.map(({ proto }) => proto));
  const complete = request.options.get("complete") ?? true;
  const verdicts = [
    ...(await judgeContracts(after, { complete, isWanted })),
    ...(request.againstFiles.length > 0
      ? judgeChange(linkFiles(request.againstFiles.map(({ proto }) => proto)), after, isWanted)
      : []),
  ];
  const imports = new Set([...request.files, ...request.againstFiles].filter(isImport).map(({ proto }) => proto.name));
  return encodeCheckResponse(verdicts.filter((verdict) => !imports.has(fileOf(verdict))).map(toAnnotation));
}

function wantedBy({ ruleIds }: CheckRequest): (rule: Rule) => boolean {
  return ruleIds.length === 0 ? ({ severity }) => severity === "error" : ({ id }) => ruleIds.includes(id);
}

function isImport(file: CheckedFile): boolean {
  return file.isImport;
}

function fileOf({ at, against }: Verdict): string {
  return (at ?? against)?.file.proto.name ?? "";
}

function toAnnotation({ rule, message, at, against }: Verdict): Annotation {
  return { ruleId: rule, message, at: toLocation(at), against: toLocation(against) };
}

function toLocation(place: Declaration | undefined): FileLocation | undefined {
  return place && { file: place.file.proto.name, path: place.path };
}
