import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { JsonObject } from "../../runner/suite/json.ts";
import { bytesJson } from "../../runner/wire/bytes-value.ts";
import { plainToJson } from "../../runner/wire/plain-envelope.ts";
import { createGenerator } from "../../runner/wire/random-envelope.ts";
import { full, golden, hexOf, minimal, received, refused, type VectorJson } from "./vector.ts";

const modes = ["ce-json", "ce-binary", "ce-proto"] as const;
const identity = { specversion: "1.0", id: minimal.id!, source: minimal.source!, type: minimal.type! };
const roundTrips = 200;
const seed = 42n;

/** Cases E1 to E9: CloudEvents 1.0 in three modes. */
export function cloudEventVectors(): VectorJson[] {
  return [...goldens(), ...escaped(), ...lenient(), ...broken(), ...absent(), ...versions(), ...foreign(), ...names()];
}

function goldens(): VectorJson[] {
  const generator = createGenerator(seed);
  const random = Array.from({ length: roundTrips }, () => plainToJson(generator.envelope()));
  return modes.flatMap((mode) => [
    golden(`E1-full-${mode}`, "every field, the sequence with twenty digits", full, mode),
    golden(`E1-minimal-${mode}`, "nothing but what is there", minimal, mode),
    golden(`E1-empty-data-${mode}`, "data of no byte are not no data", { ...minimal, data: "" }, mode),
    ...random.map((json, index) =>
      golden(`E2-${String(index + 1).padStart(3, "0")}-${mode}`, "any envelope comes back equal", json, mode),
    ),
  ]);
}

function headers(attributes: JsonObject): JsonObject[] {
  return Object.entries(attributes).map(([name, value]) => ({ name: `ce-${name}`, value: value as string }));
}

function binary(
  id: string,
  why: string,
  more: JsonObject,
  outcome: { error: string } | { json: JsonObject },
): VectorJson {
  return received(id, why, { hex: "", headers: headers({ ...identity, ...more }) }, outcome, "ce-binary");
}

function escaped(): VectorJson[] {
  const hard = {
    space: "a b",
    quote: 'a"b',
    percent: "a%b",
    "percent-hex": "100%25",
    accent: "é",
    emoji: "😀",
    plus: "a+b/c?d=e&f",
  };
  return Object.entries(hard).map(([name, text]) =>
    golden(`E3-${name}`, "percent-encoded once", { ...minimal, key: text, attributes: { note: text } }, "ce-binary"),
  );
}

function lenient(): VectorJson[] {
  const key = (text: string) => ({ json: { ...minimal, key: text } });
  return [
    binary("E4-lower-hex", "hex digits of either case", { partitionkey: "%c3%a9" }, key("é")),
    binary("E4-needless", "what need not be encoded", { partitionkey: "%41%62" }, key("Ab")),
    binary("E4-quoted", "quotes are taken off", { partitionkey: '"a b"' }, key("a b")),
    binary("E4-plain-space", "a space that was not encoded", { partitionkey: "a b" }, key("a b")),
    received(
      "E4-capital-names",
      "names in any case",
      {
        hex: "",
        headers: headers(identity).map(({ name, value }) => ({ name: String(name).toUpperCase(), value: value! })),
      },
      { json: minimal },
      "ce-binary",
    ),
  ];
}

function broken(): VectorJson[] {
  const error = { error: "undecodable" };
  return [
    binary("E5-overlong", "an overlong form of UTF-8", { partitionkey: "%C0%A0" }, error),
    binary("E5-no-hex", "no hex digits", { partitionkey: "%ZZ" }, error),
    binary("E5-lone-percent", "a percent sign at the end", { partitionkey: "100%" }, error),
    binary("E5-surrogate", "half a character as UTF-8", { partitionkey: "%ED%A0%80" }, error),
    binary("E5-sequence", "a sequence that is none", { keysequence: "12x" }, error),
    binary("E5-time", "a time that is none", { time: "yesterday" }, error),
  ];
}

function absent(): VectorJson[] {
  const invalid = { error: "invalid_envelope" };
  const json = (body: JsonObject) => ({ hex: hexOf(JSON.stringify(body)) });
  const lacking = Object.fromEntries(Object.entries(identity).filter(([name]) => name !== "id"));
  return [
    binary("E6-unset", "nothing is unset, not empty", {}, { json: minimal }),
    binary("E6-empty-binary", "a header without a value", { partitionkey: "" }, invalid),
    received("E6-empty-json", "an empty text", json({ ...identity, partitionkey: "" }), invalid, "ce-json"),
    received("E6-null-json", "null is unset", json({ ...identity, partitionkey: null }), { json: minimal }, "ce-json"),
    received(
      "E6-empty-proto",
      "an empty text",
      { hex: protobuf({ ...identity }, { partitionkey: "" }) },
      invalid,
      "ce-proto",
    ),
    received("E6-no-id-json", "the id is required", json(lacking), invalid, "ce-json"),
    received("E6-no-id-binary", "the id is required", { hex: "", headers: headers(lacking) }, invalid, "ce-binary"),
  ];
}

function protobuf(fixed: Readonly<Record<string, unknown>>, attributes: Readonly<Record<string, string>>): string {
  const writer = new BinaryWriter();
  for (const [index, name] of ["id", "source", "specversion", "type"].entries()) {
    if (fixed[name] !== undefined) writer.tag(index + 1, WireType.LengthDelimited).string(String(fixed[name]));
  }
  for (const [name, value] of Object.entries(attributes)) {
    writer.tag(5, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string(name);
    writer.tag(2, WireType.LengthDelimited).fork().tag(3, WireType.LengthDelimited).string(value).join().join();
  }
  return bytesJson(writer.finish());
}

function versions(): VectorJson[] {
  const { specversion: _, ...unversioned } = identity;
  const error = { error: "undecodable" };
  const json = (body: JsonObject) => ({ hex: hexOf(JSON.stringify(body)) });
  return [
    received("E7-no-version-json", "no specversion", json(unversioned), error, "ce-json"),
    received("E7-old-version-json", "version 0.3", json({ ...identity, specversion: "0.3" }), error, "ce-json"),
    received(
      "E7-old-version-binary",
      "version 0.3",
      { hex: "", headers: headers({ ...identity, specversion: "0.3" }) },
      error,
      "ce-binary",
    ),
    received("E7-no-version-proto", "no specversion", { hex: protobuf(unversioned, {}) }, error, "ce-proto"),
    received(
      "E7-old-version-proto",
      "version 0.3",
      { hex: protobuf({ ...identity, specversion: "0.3" }, {}) },
      error,
      "ce-proto",
    ),
    received(
      "E7-two-data",
      "data and data_base64",
      json({ ...identity, data: "x", data_base64: "eA==" }),
      error,
      "ce-json",
    ),
    received("E7-no-json", "no JSON", { hex: hexOf("hello") }, error, "ce-json"),
  ];
}

function foreign(): VectorJson[] {
  const json = (body: JsonObject) => ({ hex: hexOf(JSON.stringify(body)) });
  const kept = { subject: "keyboard", dataschema: "https://example.com/schema", severity: "3", urgent: "true" };
  return [
    received(
      "E8-typed-json",
      "numbers and truth values become text",
      json({ ...identity, ...kept, severity: 3, urgent: true }),
      { json: { ...minimal, attributes: kept } },
      "ce-json",
    ),
    received(
      "E8-subject-binary",
      "subject and a foreign schema are kept",
      { hex: "", headers: headers({ ...identity, ...kept }) },
      { json: { ...minimal, attributes: kept } },
      "ce-binary",
    ),
    received(
      "E8-subject-proto",
      "subject and a foreign schema are kept",
      { hex: protobuf(identity, kept) },
      { json: { ...minimal, attributes: kept } },
      "ce-proto",
    ),
    received(
      "E8-data-json",
      "data that are JSON are kept as their text",
      json({ ...identity, data: { a: [1, "x"] } }),
      { json: { ...minimal, data_content_type: "application/json", data: hexOf('{"a":[1,"x"]}') } },
      "ce-json",
    ),
  ];
}

function names(): VectorJson[] {
  const bad = { capital: "Foo", underscore: "a_b", "21-long": "abcdefghijklmnopqrstu", core: "id" };
  return modes.flatMap((mode) =>
    Object.entries(bad).map(([name, attribute]) =>
      refused(
        `E9-${name}-${mode}`,
        `${attribute} is no attribute name`,
        { ...minimal, attributes: { [attribute]: "x" } },
        "invalid_attribute",
        mode,
      ),
    ),
  );
}
