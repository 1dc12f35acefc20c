import { create, fromBinary, fromJson, type JsonValue, toBinary, toJson } from "@bufbuild/protobuf";
import { type SchemaScalars, SchemaScalarsSchema } from "@concord/gen/concord/conformance/v1/fixture_schema_pb.js";
import { type PlainEnvelope, PlainEnvelopeSchema } from "@concord/gen/concord/conformance/v1/message_pb.js";
import { canonicalJson } from "../steps/mutations.ts";
import { bytesFrom, readBytes } from "../wire/bytes-value.ts";
import type { WireForm } from "../wire/message-format.ts";
import type { Generator } from "../wire/random-envelope.ts";

/** Content type and type header of a data message as JSON, in mode `data-json`. */
export const dataHeaders = [
  { name: "content-type", value: "application/json" },
  { name: "concord-type", value: SchemaScalarsSchema.typeName },
];

/** An envelope of nothing but a data message with every scalar type. */
export function randomDataMessage(generator: Generator): PlainEnvelope {
  const { below } = generator;
  const wide = () => [0n, 1n, 2n ** 53n + 1n, BigInt(below(2 ** 31)) * BigInt(below(2 ** 31))][below(4)]!;
  const signed = () => [wide(), -wide(), -(2n ** 63n)][below(3)]!;
  const int32 = () => [0, -1, 2 ** 31 - 1, -(2 ** 31), below(1_000)][below(5)]!;
  // No minus zero: JavaScript's JSON writes it as 0. Vectors J5 carry it as bytes.
  const double = () => [0, 0.1, 1e300, -1.5, Number.NaN, Number.POSITIVE_INFINITY, below(1_000) / 8][below(7)]!;
  const message = create(SchemaScalarsSchema, {
    s: generator.key(),
    b: Uint8Array.from({ length: below(20) }, () => below(256)),
    d: double(),
    // Runtimes write other digits of a float; halves are exact in all of them.
    f: below(1_000) / 2,
    i32: int32(),
    i64: signed(),
    u32: below(2 ** 31) * 2,
    u64: wide(),
    s32: int32(),
    s64: signed(),
    f32: below(2 ** 31),
    f64: wide(),
    sf32: int32(),
    sf64: signed(),
    flag: below(2) === 0,
  });
  const data = readBytes(toBinary(SchemaScalarsSchema, message));
  return create(PlainEnvelopeSchema, { type: SchemaScalarsSchema.typeName, data });
}

/** How a data message that was written as JSON differs from what it should be. */
export function writtenDifference(sent: PlainEnvelope, { body }: WireForm): string | undefined {
  const wanted = canonicalMessage(messageOf(sent));
  try {
    const written = JSON.parse(Buffer.from(body).toString("utf8")) as JsonValue;
    const found = canonicalMessage(fromJson(SchemaScalarsSchema, written));
    return found === wanted ? undefined : `${found} instead of ${wanted}`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** How a data message that was read differs from the one that was sent. */
export function readDifference(sent: PlainEnvelope, read: PlainEnvelope): string | undefined {
  const [wanted, found] = [canonicalMessage(messageOf(sent)), canonicalMessage(messageOf(read))];
  return found === wanted ? undefined : `${found} instead of ${wanted}`;
}

function messageOf({ data }: PlainEnvelope): SchemaScalars {
  return fromBinary(SchemaScalarsSchema, bytesFrom(data));
}

function canonicalMessage(message: SchemaScalars): string {
  return canonicalJson(toJson(SchemaScalarsSchema, message, { alwaysEmitImplicit: true }));
}
