import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { BadRequestSchema } from "@concord/gen/google/rpc/error_details_pb.js";
import { rpcCodes } from "./rpc-codes.ts";

/** A failed call as patterns see it. */
export interface CallError {
  readonly code: string;
  readonly message: string;
  /** Fields at fault. */
  readonly violations: readonly { readonly field: string; readonly message: string }[];
}

const badRequest = "google.rpc.BadRequest";
const typePrefix = "type.googleapis.com/";

/** Writes an error as Connect's JSON. */
export function toConnectJson({ code, message, violations }: CallError): object {
  const value = Buffer.from(badRequestBytes(violations)).toString("base64").replaceAll("=", "");
  return { code, message, ...(violations.length > 0 ? { details: [{ type: badRequest, value }] } : {}) };
}

/** Reads an error of Connect's JSON; undefined when it is none. */
export function fromConnectJson(json: unknown): CallError | undefined {
  const { code, message = "", details = [] } = (json ?? {}) as Record<string, unknown>;
  if (typeof code !== "string" || typeof message !== "string") return undefined;
  if (!rpcCodes.includes(code as never)) return { code: `${code}, which is no code`, message, violations: [] };
  const list = details as readonly { type: string; value: string }[];
  const found = list.filter(({ type }) => type === badRequest);
  return { code, message, violations: found.flatMap(({ value }) => violationsOf(Buffer.from(value, "base64"))) };
}

/** Writes an error as gRPC's trailers. */
export function toGrpcTrailers(error: CallError | undefined): { name: string; value: string }[] {
  if (!error) return [{ name: "grpc-status", value: "0" }];
  const number = rpcCodes.indexOf(error.code as (typeof rpcCodes)[number]);
  const trailers = [
    { name: "grpc-status", value: String(number) },
    { name: "grpc-message", value: escapeMessage(error.message) },
  ];
  if (error.violations.length === 0) return trailers;
  const status = Buffer.from(statusBytes(number, error)).toString("base64");
  return [...trailers, { name: "grpc-status-details-bin", value: status }];
}

/** Reads an error of gRPC's trailers; undefined where they tell of success. */
export function fromGrpcTrailers(get: (name: string) => string | undefined): CallError | undefined {
  const number = get("grpc-status");
  if (number === "0") return undefined;
  if (number === undefined) return { code: "unknown", message: "no grpc-status came", violations: [] };
  const details = get("grpc-status-details-bin");
  return {
    code: rpcCodes[Number(number)] ?? "unknown",
    message: decodeURIComponent(get("grpc-message") ?? ""),
    violations: details === undefined ? [] : violationsOfStatus(Buffer.from(details, "base64")),
  };
}

/** All but printable ASCII, and `%`, as `%XX` (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses). */
function escapeMessage(message: string): string {
  return [...Buffer.from(message)]
    .map((byte) =>
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
    )
    .join("");
}

function badRequestBytes(violations: CallError["violations"]): Uint8Array {
  const fieldViolations = violations.map(({ field, message }) => ({ field, description: message }));
  return toBinary(BadRequestSchema, create(BadRequestSchema, { fieldViolations }));
}

function violationsOf(bytes: Uint8Array): CallError["violations"] {
  const { fieldViolations } = fromBinary(BadRequestSchema, bytes);
  return fieldViolations.map(({ field, description }) => ({ field, message: description }));
}

/** `google.rpc.Status`: code 1, message 2, details 3 of `Any`: type 1, value 2. */
function statusBytes(number: number, { message, violations }: CallError): Uint8Array {
  return new BinaryWriter()
    .tag(1, WireType.Varint)
    .int32(number)
    .tag(2, WireType.LengthDelimited)
    .string(message)
    .tag(3, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.LengthDelimited)
    .string(`${typePrefix}${badRequest}`)
    .tag(2, WireType.LengthDelimited)
    .bytes(badRequestBytes(violations))
    .join()
    .finish();
}

function violationsOfStatus(bytes: Uint8Array): CallError["violations"] {
  const details = readFields(bytes).flatMap(([field, value]) => (field === 3 ? [readFields(value)] : []));
  return details
    .filter((any) => any.some(([field, value]) => field === 1 && textOf(value).endsWith(`/${badRequest}`)))
    .flatMap((any) => any.flatMap(([field, value]) => (field === 2 ? violationsOf(value) : [])));
}

function readFields(bytes: Uint8Array): [number, Uint8Array][] {
  const reader = new BinaryReader(bytes);
  const fields: [number, Uint8Array][] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (type === WireType.LengthDelimited) fields.push([field, reader.bytes()]);
    else reader.skip(type);
  }
  return fields;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
