import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { RequestSchema } from "@concord/gen/concord/conformance/v1/testee_pb.js";
import type { JsonObject } from "../suite/json.ts";
import { SuiteError } from "../suite/suite-error.ts";
import type { Op } from "../testee/protocol-line.ts";

/**
 * Reads an op from a vector, `{"subject_of": {...}}`, and puts values into those of its fields that have these names.
 * @throws {SuiteError} for an unknown op or argument.
 */
export function opOfRequest(request: JsonObject, more: Readonly<Record<string, string>>): Op {
  const [[name, args] = ["", {}]] = Object.entries(request) as [string, JsonObject][];
  const field = RequestSchema.fields.find((each) => each.name === name);
  const names = new Set(field?.message?.fields.map((each) => each.name));
  const added = Object.entries(more).filter(([key, value]) => value !== "" && names.has(key) && !(key in args));
  try {
    const json = { [name]: { ...args, ...Object.fromEntries(added) } };
    return fromJson(RequestSchema, json as JsonValue).op as Op;
  } catch (error) {
    throw new SuiteError(`a vector asks what cannot be asked: ${(error as Error).message}`);
  }
}
