import {
  createRegistry,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { file_concord_conformance_v1_fixture_counted as counted } from "@concord/gen/concord/conformance/v1/fixture_counted_pb.js";
import { file_concord_conformance_v1_fixture_keyed as keyed } from "@concord/gen/concord/conformance/v1/fixture_keyed_pb.js";
import { file_concord_conformance_v1_fixture_limited as limited } from "@concord/gen/concord/conformance/v1/fixture_limited_pb.js";
import { file_concord_conformance_v1_fixture_schema as schema } from "@concord/gen/concord/conformance/v1/fixture_schema_pb.js";
import type { JsonObject } from "../suite/json.ts";
import { SuiteError } from "../suite/suite-error.ts";

const fixtures = createRegistry(counted, limited, keyed, schema);
const suitePackage = "concord.conformance.v1";

/** The full name of a type: those of the suite's package may stand without it. */
export function fullTypeName(name: string): string {
  if (name === "") return `${suitePackage}.CountedEvent`;
  return name.includes(".") ? name : `${suitePackage}.${name}`;
}

/** The descriptor of a fixture's type; undefined for one that is none. */
export function fixtureType(type: string): DescMessage | undefined {
  return fixtures.getMessage(type);
}

/**
 * Encodes a data message from ProtoJSON.
 * @throws {SuiteError} for a type that is no fixture, or a field that it does not have.
 */
export function encodeData(type: string, json: JsonObject): Uint8Array {
  const descriptor = fixtures.getMessage(type);
  if (!descriptor) throw new SuiteError(`${type} is no message of a fixture`);
  try {
    return toBinary(descriptor, fromJson(descriptor, json as JsonValue));
  } catch (error) {
    throw new SuiteError(`${type} cannot be made: ${(error as Error).message}`);
  }
}

/** Data as ProtoJSON; undefined when its type is no fixture, or it cannot be read. */
export function decodeData(type: string, data: Uint8Array): JsonObject | undefined {
  const descriptor = fixtures.getMessage(type);
  if (!descriptor) return undefined;
  try {
    return toJson(descriptor, fromBinary(descriptor, data), { useProtoFieldName: true }) as JsonObject;
  } catch {
    return undefined;
  }
}
