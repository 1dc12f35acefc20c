import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAttributeName } from "../envelope/attribute-name.ts";
import { createEnvelope, type EnvelopeInit } from "../envelope/create-envelope.ts";
import type { Envelope } from "../envelope/envelope.ts";
import { ConcordError } from "../error.ts";
import { decodeWire } from "./decode-wire.ts";
import { type WireFormat, type WireMessage, wireFormats } from "./wire-format.ts";

const formats = Object.keys(wireFormats) as WireFormat[];
const cloudEvents = formats.filter((format) => format !== "envelope");
const utf8 = (text: string) => new TextEncoder().encode(text);

const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 30 }),
  fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
  fc.constantFrom(' " % é 😀', "%41", '"quoted"', "%", "\ufeffx", "\u0000", "a\r\nb", "\\", '"a\\'),
);
const identity = text.map((value) => value.replace(/\p{Cc}/gu, "-"));
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const init: fc.Arbitrary<EnvelopeInit> = fc.record({
  id: identity,
  source: fc.constantFrom("/shop/orders", "urn:x:y", "/%C3%A9"),
  type: identity,
  time: optional(
    fc.record({ seconds: fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n }), nanos: fc.nat(999_999_999) }),
  ),
  key: optional(text),
  sequence: optional(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  idempotencyKey: optional(text),
  traceparent: optional(text),
  correlationId: optional(text),
  causationId: optional(text),
  dataContentType: optional(text),
  data: optional(fc.uint8Array({ maxLength: 100 })),
  tracestate: optional(text),
  dataSchema: optional(text),
  attributes: fc.dictionary(
    fc
      .oneof(fc.constantFrom("subject", "dataschema", "constructor"), fc.stringMatching(/^[a-z][a-z0-9]{0,19}$/))
      .filter(isAttributeName),
    text,
    { maxKeys: 3, noNullPrototype: true },
  ),
});

function plain(envelope: Envelope) {
  return { ...envelope, data: envelope.data && Buffer.from(envelope.data), attributes: { ...envelope.attributes } };
}

function codeOf(message: WireMessage): string {
  try {
    decodeWire(message);
    return "read";
  } catch (error) {
    return error instanceof ConcordError ? error.code : String(error);
  }
}

const json = (fields: object | string) => ({
  headers: { "content-type": "application/cloudevents+json" },
  body: utf8(typeof fields === "string" ? fields : JSON.stringify(fields)),
});
const minimal = { specversion: "1.0", id: "1", source: "/a", type: "x.Y" };

describe.each(formats)("the format %s", (format) => {
  it("gives back every envelope as it was, unset and empty told apart", () => {
    fc.assert(
      fc.property(init, (fields) => {
        const envelope = createEnvelope(fields);
        expect(plain(decodeWire(wireFormats[format](envelope)))).toEqual(plain(envelope));
      }),
      { numRuns: 500 },
    );
  });

  it("writes headers that any transport takes", () => {
    fc.assert(
      fc.property(init, (fields) => {
        for (const value of Object.values(wireFormats[format](createEnvelope(fields)).headers)) {
          expect(value).toMatch(/^[!-~]+$/);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe.each(cloudEvents)("the format %s", (format) => {
  it.each(["Foo", "a_b", "a".repeat(21), "id"])("refuses to write an attribute named %s", (name) => {
    const envelope = { ...createEnvelope({ id: "1", source: "/a", type: "x" }), attributes: { [name]: "v" } };
    expect(() => wireFormats[format](envelope)).toThrow(expect.objectContaining({ code: "invalid_attribute" }));
  });
});

describe("decodeWire", () => {
  it("finds the format by media type, without case and parameters", () => {
    const { body } = json(minimal);
    for (const type of ["Application/CloudEvents+JSON; charset=UTF-8", "application/cloudevents"]) {
      expect(decodeWire({ headers: { "content-type": type }, body }).id).toBe("1");
    }
  });

  it("refuses batches and types that it does not know", () => {
    const headers = { "ce-specversion": "1.0", "ce-id": "1", "ce-source": "/a", "ce-type": "x" };
    const body = utf8("[]");
    expect(codeOf({ headers: { ...headers, "content-type": "application/cloudevents-batch+json" }, body })).toBe(
      "unsupported_content_type",
    );
    expect(codeOf({ headers: { "content-type": "text/plain" }, body })).toBe("unsupported_content_type");
    expect(codeOf({ headers: { ...headers, "content-type": "text/plain" }, body })).toBe("read");
  });

  it.each([
    ["no specversion", { ...minimal, specversion: undefined }, "undecodable"],
    ["an old specversion", { ...minimal, specversion: "0.3" }, "undecodable"],
    ["two kinds of data", { ...minimal, data: 1, data_base64: "AA==" }, "undecodable"],
    ["broken base64", { ...minimal, data_base64: "A" }, "undecodable"],
    ["a time that is none", { ...minimal, time: "yesterday" }, "undecodable"],
    ["ten digits of a second", { ...minimal, time: "2025-01-02T03:04:05.0123456789Z" }, "undecodable"],
    ["an object for an attribute", { ...minimal, a: {} }, "undecodable"],
    ["a lone surrogate", '{"specversion":"1.0","id":"\\ud800","source":"/a","type":"x"}', "undecodable"],
    ["trailing text", `${JSON.stringify(minimal)}x`, "undecodable"],
    ["no object", "[]", "undecodable"],
    ["no id", { ...minimal, id: undefined }, "invalid_envelope"],
    ["an empty id", { ...minimal, id: "" }, "invalid_envelope"],
    ["an empty key", { ...minimal, partitionkey: "" }, "invalid_envelope"],
    ["an empty time", { ...minimal, time: "" }, "invalid_envelope"],
    ["an upper-case attribute", { ...minimal, Foo: "x" }, "invalid_attribute"],
  ])("refuses JSON with %s", (_, fields, code) => {
    expect(codeOf(json(fields))).toBe(code);
  });

  it("keeps what others wrote: subject, schema, typed attributes, JSON data", () => {
    const fields = { subject: "s", dataschema: "https://a.example/s", flag: true, count: 7, gone: null };
    const envelope = decodeWire(json({ ...minimal, ...fields, data: { a: 1 } }));
    expect({ ...envelope.attributes }).toEqual({
      subject: "s",
      dataschema: "https://a.example/s",
      flag: "true",
      count: "7",
    });
    expect(envelope.dataContentType).toBe("application/json");
    expect(Buffer.from(envelope.data!).toString()).toBe('{"a":1}');
    const told = decodeWire(json({ ...minimal, datacontenttype: "text/plain", data: "é" }));
    expect(Buffer.from(told.data!).toString()).toBe("é");
  });

  it("reads a time with an offset to the nanosecond", () => {
    const { time } = decodeWire(json({ ...minimal, time: "2025-01-02T05:34:05.000000006+02:30" }));
    expect(time).toEqual({ seconds: BigInt(Date.UTC(2025, 0, 2, 3, 4, 5) / 1000), nanos: 6 });
  });
});

describe("a CloudEvent in headers", () => {
  const of = (value: string, name = "ce-partitionkey") => ({
    headers: { "ce-specversion": "1.0", "ce-id": "1", "ce-source": "/a", "ce-type": "x", [name]: value },
    body: new Uint8Array(),
  });

  it.each([
    ["%c3%a9", "é"],
    ["%41", "A"],
    ['"a \\"b\\""', 'a "b"'],
    ["%2541", "%41"],
  ])("reads %s as %s, decoded once", (value, key) => {
    expect(decodeWire(of(value)).key).toBe(key);
  });

  it.each(["%C0%A0", "%ZZ", "%", "a%4"])("refuses %s", (value) => {
    expect(codeOf(of(value))).toBe("undecodable");
  });

  it("refuses an empty key and takes an absent one as unset", () => {
    expect(codeOf(of(""))).toBe("invalid_envelope");
    expect(decodeWire(of("x", "ce-other")).key).toBeUndefined();
  });
});
