import { create, toBinary } from "@bufbuild/protobuf";
import { SchemaScalarsSchema } from "@concord/gen/concord/conformance/v1/fixture_schema_pb.js";
import type { JsonObject } from "../../runner/suite/json.ts";
import { bytesJson } from "../../runner/wire/bytes-value.ts";
import { full, golden, hexOf, minimal, received, type VectorJson } from "./vector.ts";

const identity = { id: minimal.id!, source: minimal.source!, type: minimal.type! };

/** Cases J1 to J6: the envelope's ProtoJSON (https://protobuf.dev/programming-guides/json/). */
export function envelopeJsonVectors(): VectorJson[] {
  return [...names(), ...numbers(), ...times(), ...absent(), ...data(), ...broken()];
}

function read(id: string, why: string, body: JsonObject | string, json: JsonObject): VectorJson {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return received(id, why, { hex: hexOf(text) }, { json }, "json");
}

function refuse(id: string, why: string, text: string, error: string): VectorJson {
  return received(id, why, { hex: hexOf(text) }, { error }, "json");
}

function names(): VectorJson[] {
  const snake = { ...identity, idempotency_key: "a", correlation_id: "b", data_content_type: "c", data_schema: "d" };
  return [
    golden("J1-full", "names in camel case", full, "json"),
    golden("J1-minimal", "nothing but what is there", minimal, "json"),
    read("J1-snake", "names as in the contract are read too", snake, snake),
    read("J1-unknown", "names of a newer version are passed over", { ...identity, later: { a: [1] } }, minimal),
  ];
}

function numbers(): VectorJson[] {
  const bytes = Buffer.from([0xfb, 0xff, 0xbe]);
  return [
    golden("J2-sequence", "64 bits are a string", { ...minimal, sequence: "9007199254740993" }, "json"),
    golden("J2-bytes", "bytes are base64", { ...minimal, data: bytes.toString("hex") }, "json"),
    read("J2-number", "a number is read", { ...identity, sequence: 7 }, { ...minimal, sequence: "7" }),
    read("J2-url-safe", "base64 of URLs is read", { ...identity, data: "-_--" }, { ...minimal, data: "fbffbe" }),
    read("J2-unpadded", "base64 without padding is read", { ...identity, data: "YQ" }, { ...minimal, data: "61" }),
    refuse("J2-negative", "a sequence below zero", JSON.stringify({ ...identity, sequence: "-1" }), "undecodable"),
    refuse(
      "J2-too-large",
      "a sequence of 65 bits",
      JSON.stringify({ ...identity, sequence: "18446744073709551616" }),
      "undecodable",
    ),
  ];
}

function times(): VectorJson[] {
  const digits = { seconds: "05Z", millis: "05.120Z", micros: "05.000006Z", nanos: "05.000000006Z" };
  const at = (text: string) => `2025-01-02T03:04:${text}`;
  return [
    ...Object.entries(digits).map(([name, text]) =>
      golden(`J3-${name}`, "as many digits as it needs, of 0, 3, 6 and 9", { ...minimal, time: at(text) }, "json"),
    ),
    read(
      "J3-offset",
      "an offset is read",
      { ...identity, time: "2025-01-02T05:34:05+02:30" },
      { ...minimal, time: at("05Z") },
    ),
    read(
      "J3-two-digits",
      "any number of digits to nine is read",
      { ...identity, time: at("05.12Z") },
      { ...minimal, time: at("05.120Z") },
    ),
    refuse(
      "J3-ten-digits",
      "ten digits of a second",
      JSON.stringify({ ...identity, time: at("05.0000000001Z") }),
      "undecodable",
    ),
    refuse("J3-no-zone", "a time without a zone", JSON.stringify({ ...identity, time: at("05") }), "undecodable"),
  ];
}

function absent(): VectorJson[] {
  return [
    read("J4-null", "null is unset", { ...identity, key: null, time: null, data: null, attributes: null }, minimal),
    refuse("J4-empty", "a text is never empty", JSON.stringify({ ...identity, key: "" }), "invalid_envelope"),
    refuse(
      "J4-no-id",
      "the id is required",
      JSON.stringify({ source: identity.source, type: identity.type }),
      "invalid_envelope",
    ),
  ];
}

/** Values of the data on which runtimes differ; within an envelope they are bytes and come through untouched. */
function data(): VectorJson[] {
  const int64Min = -(2n ** 63n);
  const all = {
    nan: { d: Number.NaN, f: Number.NaN },
    infinity: { d: Number.POSITIVE_INFINITY, f: Number.NEGATIVE_INFINITY },
    "minus-zero": { d: -0, f: -0 },
    "int64-min": { i64: int64Min, s64: int64Min, sf64: int64Min, i32: -(2 ** 31) },
    "uint64-max": { u64: 2n ** 64n - 1n, f64: 2n ** 64n - 1n, u32: 2 ** 32 - 1 },
  };
  const type = SchemaScalarsSchema.typeName;
  return Object.entries(all).map(([name, values]) => {
    const bytes = toBinary(SchemaScalarsSchema, create(SchemaScalarsSchema, values));
    return golden(`J5-${name}`, "data come through untouched", { ...minimal, type, data: bytesJson(bytes) }, "json");
  });
}

function broken(): VectorJson[] {
  const text = JSON.stringify(identity);
  return [
    refuse("J6-lone-surrogate", "half a character", `${text.slice(0, -1)},"key":"\\ud800"}`, "undecodable"),
    refuse("J6-trailing", "text behind the object", `${text} x`, "undecodable"),
    refuse("J6-cut", "half an object", text.slice(0, -3), "undecodable"),
    refuse("J6-list", "a list", `[${text}]`, "undecodable"),
    refuse("J6-number-as-text", "a key that is a number", `${text.slice(0, -1)},"key":7}`, "undecodable"),
    received(
      "J6-utf8",
      "bytes that are no UTF-8",
      { hex: `${hexOf(text.slice(0, -1))}${hexOf(',"key":"')}ff${hexOf('"}')}` },
      { error: "undecodable" },
      "json",
    ),
  ];
}
