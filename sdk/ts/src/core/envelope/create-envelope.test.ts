import { describe, expect, it } from "vitest";
import { ConcordError } from "../error.ts";
import { createEnvelope, type EnvelopeInit } from "./create-envelope.ts";
import { decodeEnvelope } from "./decode-envelope.ts";
import { encodeEnvelope } from "./encode-envelope.ts";

const identity = {
  id: "01920000-0000-7000-8000-000000000001",
  source: "/shop/orders",
  type: "shop.orders.v1.OrderCreated",
};

function refusal(init: object): { code: string; field: unknown } | undefined {
  try {
    createEnvelope({ ...identity, ...init } as EnvelopeInit);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConcordError)) throw error;
    return { code: error.code, field: error.details.field };
  }
}

describe("createEnvelope", () => {
  it("keeps what it is given and fills nothing in", () => {
    const envelope = createEnvelope({ ...identity, key: "order-1", attributes: { tenant: "acme" } });
    expect(envelope).toEqual({ ...identity, key: "order-1", attributes: { tenant: "acme" } });
    expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual(envelope);
  });

  it("sorts attributes by name, so that every language writes the same bytes (F6)", () => {
    const envelope = createEnvelope({ ...identity, attributes: { b: "2", a: "1", c: "3" } });
    expect(Object.keys(envelope.attributes)).toEqual(["a", "b", "c"]);
    expect(encodeEnvelope({ ...envelope, attributes: { b: "2", c: "3", a: "1" } })).toEqual(encodeEnvelope(envelope));
  });

  it.each(["id", "source", "type"])("refuses an envelope whose %s is unset, empty or holds controls (F7)", (field) => {
    for (const value of [undefined, "", "a\u0000b", "a\nb", "a\u007fb", "a\u0085b"]) {
      expect(refusal({ [field]: value })).toEqual({ code: "invalid_envelope", field });
    }
  });

  it.each([
    "key",
    "idempotencyKey",
    "traceparent",
    "correlationId",
    "causationId",
    "dataContentType",
    "tracestate",
    "dataSchema",
  ])("refuses an empty %s, a lone surrogate in it and another type, and takes it unset (C2)", (field) => {
    for (const value of ["", "a\ud800", 1, null]) {
      expect(refusal({ [field]: value })).toEqual({ code: "invalid_envelope", field });
    }
    expect(refusal({ [field]: undefined })).toBeUndefined();
    expect(refusal({ [field]: "\u0000\ufeffé😀" })).toBeUndefined();
  });

  it("takes ids of up to 256 bytes, not characters", () => {
    expect(refusal({ id: "é".repeat(128) })).toBeUndefined();
    expect(refusal({ id: "é".repeat(128).concat("x") })).toEqual({ code: "invalid_envelope", field: "id" });
    expect(refusal({ id: "x".repeat(257) })).toEqual({ code: "invalid_envelope", field: "id" });
  });

  it("refuses a source that is no URI-reference in ASCII", () => {
    for (const source of ["/shop/ordérs", "/shop orders", "%zz", "1:2", "a[b", "<x>", "\\a"]) {
      expect(refusal({ source })).toEqual({ code: "invalid_envelope", field: "source" });
    }
  });

  it("refuses numbers and bytes that the contract's types do not hold", () => {
    for (const sequence of [-1n, 2n ** 64n, 1]) expect(refusal({ sequence })?.field).toBe("sequence");
    for (const time of [
      { seconds: 1, nanos: 0 },
      { seconds: 0n, nanos: -1 },
      { seconds: 0n, nanos: 1.5 },
    ]) {
      expect(refusal({ time })).toEqual({ code: "invalid_envelope", field: "time" });
    }
    expect(refusal({ time: { seconds: 0n, nanos: 1_000_000_000 } })?.field).toBe("time");
    expect(refusal({ time: { seconds: 253_402_300_800n, nanos: 0 } })?.field).toBe("time");
    expect(refusal({ data: "text" })).toEqual({ code: "invalid_envelope", field: "data" });
  });

  it("refuses attributes with a bad name or no value (C6)", () => {
    const refused = { code: "invalid_attribute", field: "attributes" };
    const names = [
      "",
      "Foo",
      "a_b",
      "a-b",
      "1a",
      "a".repeat(21),
      "é",
      "__proto__",
      "id",
      "specversion",
      "data",
      "partitionkey",
    ];
    for (const name of names) expect(refusal({ attributes: { [name]: "x" } })).toEqual(refused);
    for (const value of ["", "\udc00", 1, undefined])
      expect(refusal({ attributes: { tenant: value } })).toEqual(refused);
    for (const name of ["subject", "dataschema", "sequence", "constructor", "a".repeat(20)]) {
      expect(refusal({ attributes: { [name]: "x" } })).toBeUndefined();
    }
  });

  it("names the field and never the value in its message", () => {
    expect(() => createEnvelope({ ...identity, source: "/secret place" })).toThrow(
      /^envelope field source must (?!.*secret)/,
    );
  });
});

describe("encodeEnvelope", () => {
  const envelope = createEnvelope(identity);

  it("refuses what would not be read back as it was, naming the field, though nobody checked the envelope", () => {
    for (const wrong of [
      { key: "\ud800" },
      { key: `${"é".repeat(40)}\udfff` },
      { correlationId: "" },
      { sequence: 2n ** 64n },
      { time: { seconds: 2n ** 64n, nanos: 0 } },
      { time: { seconds: 0n, nanos: 0.5 } },
      { data: [1, 2] },
      { causationId: 7 },
    ]) {
      const field = Object.keys(wrong)[0];
      expect(() => encodeEnvelope({ ...envelope, ...wrong } as never)).toThrow(
        expect.objectContaining({ code: "invalid_envelope", details: { field } }),
      );
    }
    expect(() => encodeEnvelope({ ...envelope, attributes: { tenant: "\ud800" } })).toThrow(
      expect.objectContaining({ code: "invalid_attribute" }),
    );
  });
});
