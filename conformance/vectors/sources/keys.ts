import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { CountedEventSchema, OperatedEventSchema } from "@concord/gen/concord/conformance/v1/fixture_counted_pb.js";
import * as keyed from "@concord/gen/concord/conformance/v1/fixture_keyed_pb.js";
import type { JsonObject } from "../../runner/suite/json.ts";
import { bytesJson } from "../../runner/wire/bytes-value.ts";
import { escapeToken, keyToken } from "../../runner/wire/key-token.ts";
import { partitionOf } from "../../runner/wire/partition.ts";
import { createGenerator } from "../../runner/wire/random-envelope.ts";
import { subjectOf } from "../../runner/wire/subject.ts";
import { call, minimal, type VectorJson } from "./vector.ts";

const type = "concord.conformance.v1.CountedEvent";
const id = String(minimal.id);
const kinds = ["event", "command"] as const;

/** Cases K1 to K4, K6, K7, K9: subjects and texts of keys. */
export function keyVectors(): VectorJson[] {
  return [...plain(), ...hard(), ...limits(), ...keyless(), ...names(), ...texts()];
}

function subject(name: string, why: string, key: string | undefined, more: JsonObject = {}): VectorJson[] {
  return kinds.map((kind) => {
    const owner = kind === "event" ? { stream: "orders" } : { service: "orders" };
    const envelope = { id, source: minimal.source!, type, ...(key === undefined ? {} : { key }) };
    const request = { subject_of: { kind, ...owner, envelope, ...more } };
    return call(`${name}-${kind}`, why, request, {
      subject: subjectOf({ ns: "", kind, owner: "orders", key, id, type, partitions: 8 }),
    });
  });
}

function refusedSubject(
  name: string,
  why: string,
  envelope: JsonObject,
  error: string,
  more: JsonObject = {},
): VectorJson[] {
  return kinds.map((kind) => {
    const owner = kind === "event" ? { stream: "orders" } : { service: "orders" };
    const request = {
      subject_of: { kind, ...owner, envelope: { id, source: minimal.source!, type, ...envelope }, ...more },
    };
    return call(`${name}-${kind}`, why, request, error);
  });
}

function plain(): VectorJson[] {
  return [
    ...subject("K1-order-1", "partition 5 of 8", "order-1"),
    ...subject("K2-unset", "_ stands for no key", undefined),
    ...subject("K2-underscore", "the key _ is escaped", "_"),
    ...subject("K2-two-underscores", "only the key _ is", "__"),
    ...subject("K2-plain", "what needs no escape", "Az09_~-"),
  ];
}

function hard(): VectorJson[] {
  const keys = {
    dot: ".",
    star: "*",
    greater: ">",
    percent: "%",
    space: " ",
    cr: "\r",
    lf: "\n",
    nul: "\0",
    accent: "é",
    emoji: "😀",
    all: ".*>% \r\n\0é😀",
    slash: "a/b",
  };
  return Object.entries(keys).flatMap(([name, key]) => subject(`K3-${name}`, "one legal token", key));
}

function limits(): VectorJson[] {
  const longType = (bytes: number) => {
    const base =
      subjectOf({ ns: "", kind: "event", owner: "orders", key: "k", id, type: "x", partitions: 8 }).length - 1;
    return `a.${"b".repeat(bytes - base - 2)}`;
  };
  // The namespace is said, so that none is put in: with one the subject would be longer than meant.
  const request = (bytes: number) => ({
    subject_of: {
      kind: "event",
      stream: "orders",
      envelope: { id, source: minimal.source!, type: longType(bytes), key: "k" },
      ns: "",
    },
  });
  const fits = subjectOf({ ns: "", kind: "event", owner: "orders", key: "k", id, type: longType(1024), partitions: 8 });
  return [
    ...refusedSubject("K4-empty", "a key is never empty", { key: "" }, "invalid_key|invalid_envelope"),
    ...subject("K4-255", "255 bytes escaped", "k".repeat(255)),
    ...refusedSubject("K4-256", "256 bytes escaped", { key: "k".repeat(256) }, "invalid_key"),
    ...refusedSubject("K4-escaped-256", "the escaped form counts", { key: ".".repeat(86) }, "invalid_key"),
    call("K4-subject-1024-event", "a subject of 1,024 bytes", request(1024), { subject: fits }),
    call("K4-subject-1025-event", "a subject of 1,025 bytes", request(1025), "invalid_key"),
  ];
}

function keyless(): VectorJson[] {
  const ids = [id, "01920000-0000-7000-8000-0000000000ff", "evt-1", "é"];
  return ids.map((each, index) =>
    call(
      `K6-${index + 1}`,
      "the partition comes from the id, and stays",
      { partition_of: { id: each, partitions: 8 } },
      { partition: partitionOf(each, 8) },
    ),
  );
}

function names(): VectorJson[] {
  const badNamespaces = ["evt", "cmd", "dlq", "rdr", "A", "1a", "a-b", "a.b", "a".repeat(33)];
  const badNames = ["", "A", "1a", "a_b", "a.b", "a".repeat(33)];
  const envelope = { id, source: minimal.source!, type, key: "k" };
  return [
    ...badNamespaces.flatMap((ns, index) =>
      refusedSubject(`K7-ns-${index + 1}`, `"${ns}" is no namespace`, { key: "k" }, "config", { ns }),
    ),
    ...badNames.map((stream, index) =>
      call(
        `K7-stream-${index + 1}`,
        `"${stream}" is no stream`,
        { subject_of: { kind: "event", stream, envelope } },
        "config",
      ),
    ),
    ...badNames.map((service, index) =>
      call(
        `K7-service-${index + 1}`,
        `"${service}" is no service`,
        { subject_of: { kind: "command", service, envelope } },
        "config",
      ),
    ),
  ];
}

/** Texts of keys and idempotency keys by the type of the field (F26). */
function texts(): VectorJson[] {
  const int64Min = -(2n ** 63n);
  return [
    text("string", keyed.KeyedByStringSchema, { key: "a/b é" }, "a/b é"),
    text("underscore", keyed.KeyedByStringSchema, { key: "_" }, "_"),
    text("integer", keyed.KeyedByIntegerSchema, { key: -7n }, "-7"),
    text("int64-min", keyed.KeyedByIntegerSchema, { key: int64Min }, String(int64Min)),
    text("unsigned", keyed.KeyedByUnsignedSchema, { key: 2n ** 64n - 1n }, "18446744073709551615"),
    text("flag", keyed.KeyedByFlagSchema, { key: true }, "true"),
    text("enum", keyed.KeyedByColourSchema, { key: keyed.Colour.BLUE }, "200"),
    text("unknown-enum", keyed.KeyedByColourSchema, { key: 7 as keyed.Colour }, "7"),
    text("path", keyed.KeyedByPathSchema, { inner: { key: "deep" } }, "deep"),
    asked(
      "joined",
      "texts in the order of the option, each escaped, joined by /",
      keyed.OperatedByPartsSchema,
      { text: "a/b", number: -1, flag: true, colour: keyed.Colour.RED },
      { key: { $absent: true }, idempotency_key: "a%2Fb/-1/true/1" },
    ),
    asked(
      "joined-dot",
      "a dot is escaped too",
      OperatedEventSchema,
      { key: "k", n: 1, operation: "v1.2_x" },
      { key: "k", idempotency_key: "v1%2E2_x" },
    ),
    asked(
      "no-key",
      "an unset key field is no key",
      CountedEventSchema,
      { n: 1 },
      { key: { $absent: true }, idempotency_key: { $absent: true } },
    ),
  ];
}

function text<Schema extends DescMessage>(
  name: string,
  schema: Schema,
  value: MessageInitShape<Schema>,
  key: string,
): VectorJson {
  return asked(name, "the text of a field is the same in every language", schema, value, {
    key,
    idempotency_key: escapeToken(key),
  });
}

function asked<Schema extends DescMessage>(
  name: string,
  why: string,
  schema: Schema,
  value: MessageInitShape<Schema>,
  reply: JsonObject,
): VectorJson {
  const data = bytesJson(toBinary(schema, create(schema, value)));
  return call(`K9-${name}`, why, { schema_of: { type: schema.typeName, data } }, reply);
}

const moduli = [1, 8, 64];
const keyCount = 1_000;

/** Case K5: a thousand keys, and their partitions of 1, 8 and 64. */
export function partitionVectors(): VectorJson[] {
  const generator = createGenerator(7n);
  const keys = ["order-1", ...Array.from({ length: keyCount * 2 }, () => generator.key())];
  return [...new Set(keys)]
    .slice(0, keyCount)
    .flatMap((key, index) =>
      moduli.map((partitions) =>
        call(
          `K5-${String(index + 1).padStart(4, "0")}-${partitions}`,
          "FNV-1a",
          { partition_of: { key, partitions } },
          { partition: partitionOf(keyToken(key), partitions) },
        ),
      ),
    );
}
