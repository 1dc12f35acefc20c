import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { JsonObject } from "../../runner/suite/json.ts";
import { bytesJson } from "../../runner/wire/bytes-value.ts";
import { bytesOf, full, golden, minimal, received, refused, type VectorJson } from "./vector.ts";

const texts = [
  "key",
  "idempotency_key",
  "traceparent",
  "correlation_id",
  "causation_id",
  "data_content_type",
  "tracestate",
  "data_schema",
];
const identities = ["id", "source", "type"];

/** Cases C1 to C7: the envelope's own bytes in both directions; C8: what only readers meet. */
export function envelopeVectors(): VectorJson[] {
  return [...basics(), ...presence(), ...numbers(), ...times(), ...data(), ...attributes(), ...unicode(), ...odd()];
}

function basics(): VectorJson[] {
  return [
    golden("C1-minimal", "only what is required", minimal),
    golden("C1-full", "every field, in ascending order, attributes sorted", full),
  ];
}

function presence(): VectorJson[] {
  const optional = [...texts, "time", "sequence", "data", "attributes"];
  const without = (name: string) => Object.fromEntries(Object.entries(full).filter(([each]) => each !== name));
  return [
    ...optional.map((name) => golden(`C2-no-${dashed(name)}`, `${name} unset leaves no byte`, without(name))),
    ...texts.flatMap((name) => both(`C2-empty-${dashed(name)}`, `${name} is never empty`, { ...minimal, [name]: "" })),
    ...identities.flatMap((name) => both(`C2-empty-${name}`, `${name} is required`, { ...minimal, [name]: "" })),
    ...identities.flatMap((name) => {
      const json = Object.fromEntries(Object.entries(minimal).filter(([each]) => each !== name));
      return both(`C2-no-${name}`, `${name} is required`, json);
    }),
  ];
}

function dashed(name: string): string {
  return name.replaceAll("_", "-");
}

function both(id: string, why: string, json: JsonObject, error = "invalid_envelope"): VectorJson[] {
  const hex = bytesJson(bytesOf(json));
  return [refused(`${id}-encode`, why, json, error), received(`${id}-decode`, why, { hex }, { error })];
}

function numbers(): VectorJson[] {
  const sequences = { zero: "0", one: "1", "above-double": "9007199254740993", largest: "18446744073709551615" };
  return Object.entries(sequences).map(([name, sequence]) =>
    golden(`C3-${name}`, `sequence ${sequence}, exactly`, { ...minimal, sequence }),
  );
}

function times(): VectorJson[] {
  const all = {
    "year-1": "0001-01-01T00:00:00Z",
    epoch: "1970-01-01T00:00:00Z",
    "before-epoch": "1969-12-31T23:59:59.999999999Z",
    millis: "2025-01-02T03:04:05.120Z",
    micros: "2025-01-02T03:04:05.000006Z",
    "leap-day": "2024-02-29T23:59:59Z",
    "year-9999": "9999-12-31T23:59:59.999999999Z",
  };
  const golds = Object.entries(all).map(([name, time]) =>
    golden(`C4-${name}`, `time ${time}, exactly`, { ...minimal, time }),
  );
  return [
    ...golds,
    received(
      "C4-nanos-too-many",
      "ten digits of a second",
      { hex: withTime(5n, 1_000_000_000) },
      { error: "undecodable" },
    ),
    received("C4-nanos-negative", "nanoseconds count forward", { hex: withTime(5n, -1) }, { error: "undecodable" }),
    received(
      "C4-year-10000",
      "a second after the last",
      { hex: withTime(253_402_300_800n, 0) },
      { error: "invalid_envelope" },
    ),
    received(
      "C4-year-0",
      "a second before the first",
      { hex: withTime(-62_135_596_801n, 0) },
      { error: "invalid_envelope" },
    ),
  ];
}

function withTime(seconds: bigint, nanos: number): string {
  const writer = new BinaryWriter().raw(bytesOf(minimal)).tag(4, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.Varint).int64(seconds).tag(2, WireType.Varint).int32(nanos).join();
  return bytesJson(writer.finish());
}

function data(): VectorJson[] {
  const every = Buffer.from(Array.from({ length: 256 }, (_, index) => index)).toString("hex");
  const fill = { fill: "61", size: 1_048_576 };
  const prefix = bytesJson(bytesOf(minimal));
  const large: VectorJson = {
    ...golden("C5-1-mib", "a mebibyte", { ...minimal, data: "" }),
    hex: [`${prefix}62808040`, fill],
    json: { ...minimal, data: fill },
  };
  return [
    golden("C5-unset", "no data", minimal),
    golden("C5-empty", "data of no byte are not no data", { ...minimal, data: "" }),
    golden("C5-every-byte", "all 256 values", { ...minimal, data: every }),
    large,
  ];
}

function attributes(): VectorJson[] {
  const with_ = (entries: JsonObject) => ({ ...minimal, attributes: entries });
  const bad = {
    capital: "Foo",
    underscore: "a_b",
    "digit-first": "1a",
    "21-long": "abcdefghijklmnopqrstu",
    "core-name": "id",
    "mapped-name": "partitionkey",
    proto: "__proto__",
  };
  const repeated = bytesJson(bytesOf(with_({ tenant: "first" }))) + entry("tenant", "last");
  return [
    golden("C6-none", "no attributes", minimal),
    golden("C6-one", "one attribute", with_({ tenant: "acme" })),
    golden("C6-three", "written in the order of their names", with_({ a: "1", b: "2", c: "3" })),
    golden("C6-longest-name", "twenty characters", with_({ abcdefghijklmnopqrst: "x" })),
    golden(
      "C6-constructor",
      "a name that objects of some languages inherit",
      with_({ constructor: "x", tostring: "y" }),
    ),
    refused("C6-unsorted", "a writer sorts", with_({}), ""),
    ...Object.entries(bad).flatMap(([name, attribute]) =>
      both(`C6-${name}`, `${attribute} is no attribute name`, with_({ [attribute]: "x" }), "invalid_attribute"),
    ),
    ...both("C6-empty-value", "an attribute is never empty", with_({ tenant: "" }), "invalid_attribute"),
    received(
      "C6-repeated",
      "of a repeated name the last counts",
      { hex: repeated },
      { json: with_({ tenant: "last" }) },
    ),
  ].filter(({ id }) => id !== "C6-unsorted");
}

function entry(name: string, value: string): string {
  const writer = new BinaryWriter().tag(18, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(name).tag(2, WireType.LengthDelimited).string(value).join();
  return bytesJson(writer.finish());
}

function unicode(): VectorJson[] {
  const kinds = {
    astral: "\u{1f600}\u{10ffff}",
    combining: "e\u0301 is not \u00e9",
    "byte-order-mark": "\ufeffkey",
    nul: "a\u0000b",
    "line-feed": "a\r\nb",
    joined: "👩‍👩‍👧",
    arabic: "عربي",
  };
  return Object.entries(kinds).map(([name, text]) =>
    golden(`C7-${name}`, "kept as it is, not normalised", { ...minimal, key: text, attributes: { note: text } }),
  );
}

function odd(): VectorJson[] {
  const hex = bytesJson(bytesOf(full));
  const unknown = new BinaryWriter();
  unknown.tag(99, WireType.Varint).uint32(7).tag(100, WireType.Bit64).fixed64(7n).tag(101, WireType.Bit32).fixed32(7);
  unknown.tag(102, WireType.LengthDelimited).string("from a newer writer");
  const text = (field: number, value: string) =>
    bytesJson(new BinaryWriter().tag(field, WireType.LengthDelimited).string(value).finish());
  const reversed = [text(3, String(minimal.type)), text(2, String(minimal.source)), text(1, String(minimal.id))].join(
    "",
  );
  const { id, source, type } = minimal as { id: string; source: string; type: string };
  return [
    received(
      "C8-unknown-fields",
      "fields of a newer version are passed over",
      { hex: hex + bytesJson(unknown.finish()) },
      { json: full },
    ),
    received("C8-unknown-first", "also before the others", { hex: bytesJson(unknown.finish()) + hex }, { json: full }),
    received("C8-reversed", "fields in any order", { hex: reversed }, { json: minimal }),
    received(
      "C8-repeated-text",
      "of a repeated field the last counts",
      { hex: text(5, "first") + reversed + text(5, "last") },
      { json: { id, source, type, key: "last" } },
    ),
    received(
      "C8-repeated-number",
      "of a repeated number the last counts",
      { hex: `${reversed}30073008` },
      { json: { id, source, type, sequence: "8" } },
    ),
    received(
      "C8-repeated-time",
      "a repeated message is merged",
      { hex: `${reversed}220208052202100622020807` },
      { json: { id, source, type, time: "1970-01-01T00:00:07.000000006Z" } },
    ),
    received(
      "C8-long-varint",
      "a number with more bytes than it needs",
      { hex: `${reversed}3088808000` },
      { json: { id, source, type, sequence: "8" } },
    ),
    received(
      "C8-group",
      "a group of a field that nobody knows",
      { hex: `${reversed}9b06089601${"9c06"}` },
      { json: minimal },
    ),
  ];
}
