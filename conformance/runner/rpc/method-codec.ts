import {
  createRegistry,
  type DescMessage,
  type DescMethod,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { file_concord_conformance_v1_fixture_rpc as fixture } from "@concord/gen/concord/conformance/v1/fixture_rpc_pb.js";
import { file_grpc_health_v1_health as health } from "@concord/gen/grpc/health/v1/health_pb.js";
import { file_grpc_reflection_v1_reflection as reflection } from "@concord/gen/grpc/reflection/v1/reflection_pb.js";
import { file_grpc_reflection_v1alpha_reflection as reflectionAlpha } from "@concord/gen/grpc/reflection/v1alpha/reflection_pb.js";
import type { Json } from "../suite/json.ts";
import { SuiteError } from "../suite/suite-error.ts";
import type { Way } from "./way.ts";

const registry = createRegistry(fixture, health, reflection, reflectionAlpha);

/** What a name without a service is a method of. */
export const echoService = "concord.conformance.v1.EchoService";

/**
 * Finds a method by its name, `Say` or `grpc.health.v1.Health/Check`.
 * @throws {SuiteError} for one that does not exist.
 */
export function findMethod(name: string): DescMethod {
  const [service, method] = name.includes("/") ? name.split("/") : [echoService, name];
  const found = registry.getService(service!)?.methods.find((each) => each.name === method);
  if (found) return found;
  throw new SuiteError(`there is no method ${name}`);
}

/** The path of a method. */
export function pathOfMethod({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}

/** Whether its caller sends a stream. */
export function takesStream({ methodKind }: DescMethod): boolean {
  return methodKind === "client_streaming" || methodKind === "bidi_streaming";
}

/** Whether its server answers with a stream. */
export function givesStream({ methodKind }: DescMethod): boolean {
  return methodKind === "server_streaming" || methodKind === "bidi_streaming";
}

/** Encodes a message that is given as ProtoJSON. */
export function encodeMessage(schema: DescMessage, json: Json, codec: Way["codec"]): Uint8Array {
  const message = fromJson(schema, json as JsonValue, { registry });
  return codec === "proto"
    ? toBinary(schema, message)
    : Buffer.from(JSON.stringify(toJson(schema, message, { registry })));
}

/** Decodes a message to ProtoJSON as patterns see it: proto names, every field there. */
export function decodeMessage(schema: DescMessage, bytes: Uint8Array, codec: Way["codec"]): Json {
  if (codec === "proto") return patternJson(schema, toJson(schema, fromBinary(schema, bytes), { registry }) as Json);
  return patternJson(schema, JSON.parse(Buffer.from(bytes).toString()) as Json);
}

/** Gives ProtoJSON of any spelling as patterns see it. */
export function patternJson(schema: DescMessage, json: Json): Json {
  const message = fromJson(schema, json as JsonValue, { registry });
  return toJson(schema, message, { registry, useProtoFieldName: true, alwaysEmitImplicit: true }) as Json;
}
