import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { EnvelopeSchema } from "@concord/gen/concord/event/v1/envelope_pb.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAttributeName } from "./attribute-name.ts";
import { createEnvelope, type EnvelopeInit } from "./create-envelope.ts";
import { decodeEnvelope } from "./decode-envelope.ts";
import { encodeEnvelope, encodeEnvelopeParts } from "./encode-envelope.ts";
import type { Envelope } from "./envelope.ts";

const pairs = 10_000;
const mixesOfPair = 10;
const texts = [
  "\u0000",
  "\ufeff",
  "\ufeffx",
  "e\u0301",
  "😀",
  "\u{10ffff}",
  "\uffff",
  "ä".repeat(127),
  "x".repeat(127),
];

/** Any text: astral, combining, NUL and byte order marks among them, on both sides of the lengths that need more bytes. */
const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ minLength: 1, maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 30 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }) },
  { weight: 1, arbitrary: fc.constantFrom(...texts) },
  { weight: 1, arbitrary: fc.nat(300).map((length) => "y".repeat(length + 1)) },
);
const identity = text
  .map((value) => value.replace(/\p{Cc}/gu, "-").slice(0, 60))
  .filter((value) => value.isWellFormed());
const source = fc.constantFrom("/shop/orders", "a", "urn:x:y", "https://a.example:8/b?c#d", "/%C3%A9", "../x");
const time = fc.oneof(
  fc.constantFrom(
    { seconds: -62_135_596_800n, nanos: 0 },
    { seconds: -1n, nanos: 999_999_999 },
    { seconds: 0n, nanos: 0 },
    { seconds: 253_402_300_799n, nanos: 999_999_999 },
  ),
  fc.record({ seconds: fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n }), nanos: fc.nat(999_999_999) }),
);
const sequence = fc.oneof(
  fc.constantFrom(0n, 1n, 127n, 128n, 2n ** 49n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);
const attributeName = fc.oneof(
  fc.constantFrom("subject", "dataschema", "constructor", "tenant", "a", "a0", "a".repeat(20)),
  fc.stringMatching(/^[a-z][a-z0-9]{0,19}$/).filter(isAttributeName),
);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const init: fc.Arbitrary<EnvelopeInit> = fc.record({
  id: identity,
  source,
  type: identity,
  time: optional(time),
  key: optional(text),
  sequence: optional(sequence),
  idempotencyKey: optional(text),
  traceparent: optional(text),
  correlationId: optional(text),
  causationId: optional(text),
  dataContentType: optional(text),
  data: optional(fc.uint8Array({ maxLength: 200 })),
  tracestate: optional(text),
  dataSchema: optional(text),
  attributes: fc.dictionary(attributeName, text, { maxKeys: 3, noNullPrototype: true }),
});

/** What protobuf-es writes when it is given the attributes in order. */
function referenceBytes({ attributes = {}, ...fields }: EnvelopeInit): Uint8Array {
  const sorted = Object.fromEntries(Object.entries(attributes).sort(([left], [right]) => (left < right ? -1 : 1)));
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return toBinary(EnvelopeSchema, create(EnvelopeSchema, { ...given, attributes: sorted }));
}

function same(left: Envelope, right: EnvelopeInit): boolean {
  const { time, data, attributes, ...rest } = left;
  const names = Object.keys(attributes);
  return (
    Object.entries(rest).every(([field, value]) => right[field as keyof EnvelopeInit] === value) &&
    time?.seconds === right.time?.seconds &&
    time?.nanos === right.time?.nanos &&
    (data === undefined ? right.data === undefined : Buffer.compare(data, right.data ?? new Uint8Array([1])) === 0) &&
    names.length === Object.keys(right.attributes ?? {}).length &&
    names.every((name) => attributes[name] === right.attributes?.[name])
  );
}

/** Whether both codecs write the same bytes, and ours reads back what was written. */
function agrees(fields: EnvelopeInit): boolean {
  const bytes = referenceBytes(fields);
  return Buffer.compare(encodeEnvelope(createEnvelope(fields)), bytes) === 0 && same(decodeEnvelope(bytes), fields);
}

/** Takes each field from one of two envelopes, by the bits of a mask: many envelopes for the price of generating two. */
function mix(left: EnvelopeInit, right: EnvelopeInit, mask: number): EnvelopeInit {
  const fields = Object.keys(left) as (keyof EnvelopeInit)[];
  return Object.fromEntries(fields.map((field, bit) => [field, (mask & (1 << bit) ? left : right)[field]])) as never;
}

const masks = fc.array(fc.nat(2 ** 15 - 1), { minLength: mixesOfPair, maxLength: mixesOfPair });

describe("the envelope's codec", () => {
  it("writes the bytes of protobuf-es and reads them back, for 100,000 generated envelopes", {
    timeout: 60_000,
  }, () => {
    let count = 0;
    fc.assert(
      fc.property(init, init, masks, (left, right, all) => {
        for (const mask of all) {
          const fields = mix(left, right, mask);
          if (!agrees(fields)) return false;
          count++;
        }
        return true;
      }),
      { numRuns: pairs },
    );
    expect(count).toBe(100_000);
  });

  it("agrees with protobuf-es on large texts and data", { timeout: 60_000 }, () => {
    const large = fc.record({
      key: fc.nat(5).chain((power) => fc.constantFrom("k".repeat(10 ** power), "é😀".repeat(10 ** power))),
      data: fc.constantFrom(0, 127, 128, 16_383, 16_384, 1_048_576).map((size) => new Uint8Array(size).fill(size)),
      value: fc.constantFrom(100, 127, 128, 16_384, 100_000).map((size) => "v".repeat(size)),
    });
    fc.assert(
      fc.property(large, ({ key, data, value }) =>
        agrees({ id: "1", source: "/a", type: "t", key, data, attributes: { region: value } }),
      ),
      { numRuns: 100 },
    );
  });

  it("writes parts that make the same bytes with the outbox's sequence between them", () => {
    fc.assert(
      fc.property(init, sequence, (fields, given) => {
        const { head, tail } = encodeEnvelopeParts(createEnvelope(fields));
        const middle = new BinaryWriter().uint32(0x30).uint64(given).finish();
        const bytes = referenceBytes({ ...fields, sequence: given });
        expect(Buffer.compare(Buffer.concat([head, middle, tail]), bytes)).toBe(0);
        expect(Buffer.compare(Buffer.concat([head, tail]), referenceBytes({ ...fields, sequence: undefined }))).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });

  it("reads every field of the contract", () => {
    const fields = EnvelopeSchema.fields.map(({ localName }) => localName);
    expect(Object.keys(decodeEnvelope(referenceBytes({ id: "1", source: "/a", type: "t" }))).sort()).toEqual(
      fields.sort(),
    );
  });

  it("gives every envelope bytes of its own, also when a field's getter encodes another", () => {
    const first = encodeEnvelope(createEnvelope({ id: "1", source: "/a", type: "t" }));
    const copy = first.slice();
    const nested = {
      ...createEnvelope({ id: "2", source: "/a", type: "t" }),
      get key() {
        return String(encodeEnvelope(createEnvelope({ id: "3", source: "/b", type: "u", key: "inner" })).length);
      },
    };
    expect(decodeEnvelope(encodeEnvelope(nested))).toMatchObject({ id: "2", source: "/a", key: nested.key });
    for (let n = 0; n < 100; n++) encodeEnvelope(createEnvelope({ id: `${n}`, source: "/a", type: "t" }));
    expect(first).toEqual(copy);
  });
});
