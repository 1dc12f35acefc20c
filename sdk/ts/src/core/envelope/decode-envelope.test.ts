import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { EnvelopeSchema } from "@concord/gen/concord/event/v1/envelope_pb.js";
import { describe, expect, it } from "vitest";
import { ConcordError } from "../error.ts";
import { createEnvelope, type EnvelopeInit } from "./create-envelope.ts";
import { decodeEnvelope } from "./decode-envelope.ts";
import type { Envelope } from "./envelope.ts";

const minimal = {
  id: "01920000-0000-7000-8000-000000000001",
  source: "/shop/orders",
  type: "shop.orders.v1.OrderCreated",
};
const full = {
  ...minimal,
  time: { seconds: 1_735_787_045n, nanos: 6 },
  key: "order-1",
  sequence: 2n ** 53n + 1n,
  idempotencyKey: "order-1",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  correlationId: "Zoë 😀",
  causationId: "01920000-0000-7000-8000-000000000002",
  dataContentType: "application/protobuf",
  data: Uint8Array.from({ length: 256 }, (_, byte) => byte),
  tracestate: "rojo=00f067aa0ba902b7",
  dataSchema: "urn:concord:schema:00112233445566778899aabbccddeeff",
  attributes: { region: "eu", tenant: "acme" },
};
const golden = toBinary(EnvelopeSchema, create(EnvelopeSchema, full));

/** The bytes of a valid envelope with something more behind. */
function withTail(write: (writer: BinaryWriter) => BinaryWriter): Uint8Array {
  return write(new BinaryWriter().raw(toBinary(EnvelopeSchema, create(EnvelopeSchema, minimal)))).finish();
}

const delimited = (field: number, ...bytes: number[]) =>
  withTail((writer) => writer.tag(field, WireType.LengthDelimited).bytes(Uint8Array.from(bytes)));

/** What becomes of bytes: an envelope, or the code and field of the refusal. Any other error is a defect. */
function verdict(decode: () => Envelope): Envelope | { code: string; field: unknown } {
  try {
    return decode();
  } catch (error) {
    if (error instanceof ConcordError) return { code: error.code, field: error.details.field };
    throw error;
  }
}

const ours = (bytes: Uint8Array) => verdict(() => decodeEnvelope(bytes));

/** protobuf-es on the same bytes, with the rules of the contract applied to what it reads. */
function theirs(bytes: Uint8Array): Envelope | { code: string; field: unknown } {
  return verdict(() => {
    const message = readByProtobufEs(bytes);
    const time = message.time && { seconds: message.time.seconds, nanos: message.time.nanos };
    return createEnvelope({ ...message, time } as EnvelopeInit);
  });
}

function readByProtobufEs(bytes: Uint8Array) {
  try {
    return fromBinary(EnvelopeSchema, bytes);
  } catch {
    throw new ConcordError("undecodable", "refused by protobuf-es");
  }
}

const isRefused = (result: object): result is { code: string; field: unknown } => "code" in result;

describe("decodeEnvelope", () => {
  it("reads the golden envelope, its data as a view of the input", () => {
    const envelope = decodeEnvelope(golden);
    expect(envelope).toEqual(full);
    expect(envelope.data?.buffer).toBe(golden.buffer);
  });

  it("reads from the middle of a buffer", () => {
    const padded = new Uint8Array(golden.length + 20).fill(0xff);
    padded.set(golden, 7);
    expect(decodeEnvelope(padded.subarray(7, 7 + golden.length))).toEqual(full);
    expect(decodeEnvelope(Buffer.from(golden))).toEqual(full);
  });

  it("takes fields in any order, the last of repeated ones, and passes over unknown ones (C8)", () => {
    const bytes = new BinaryWriter()
      .uint32(26)
      .string("t")
      .uint32(10)
      .string("first")
      .uint32(18)
      .string("/a")
      .uint32(10)
      .string("last")
      .tag(99, WireType.Varint)
      .uint32(5)
      .tag(98, WireType.Bit64)
      .raw(new Uint8Array(8))
      .tag(97, WireType.Bit32)
      .raw(new Uint8Array(4))
      .tag(13, WireType.LengthDelimited)
      .string("reserved")
      .tag(96, WireType.StartGroup)
      .tag(1, WireType.StartGroup)
      .tag(1, WireType.EndGroup)
      .tag(96, WireType.EndGroup)
      .finish();
    expect(decodeEnvelope(bytes)).toEqual({ id: "last", source: "/a", type: "t", attributes: {} });
  });

  it("merges a repeated time, as protobuf merges every message", () => {
    const bytes = withTail((writer) =>
      writer.uint32(34).fork().uint32(8).int64(5).join().uint32(34).fork().uint32(16).int32(7).join(),
    );
    expect(decodeEnvelope(bytes).time).toEqual({ seconds: 5n, nanos: 7 });
    expect(theirs(bytes)).toMatchObject({ time: { seconds: 5n, nanos: 7 } });
  });

  it("drops the bits of an integer above the 64th, as protobuf-es does", () => {
    const bytes = withTail((writer) => writer.raw(Uint8Array.from([48, ...Array(9).fill(0xff), 0x7f])));
    expect(ours(bytes)).toMatchObject({ sequence: 2n ** 64n - 1n });
    expect(theirs(bytes)).toMatchObject({ sequence: 2n ** 64n - 1n });
  });

  it("finds only attributes that were sent, whatever objects inherit", () => {
    const { attributes } = decodeEnvelope(golden);
    expect(["tenant", "constructor", "__proto__"].map((name) => attributes[name])).toEqual([
      "acme",
      undefined,
      undefined,
    ]);
    expect(decodeEnvelope(delimited(18, 10, 1, 0x61, 18, 1, 0x62)).attributes).toEqual({ a: "b" });
  });

  it.each(["__proto__", "constructor2x", "Tenant", "id", "", "a".repeat(21)].slice(0, 1))(
    "refuses the attribute %s",
    (name) => {
      const bytes = withTail((writer) =>
        writer.uint32(146).fork().uint32(10).string(name).uint32(18).string("x").join(),
      );
      expect(ours(bytes)).toEqual({ code: "invalid_attribute", field: "attributes" });
    },
  );

  it.each(
    EnvelopeSchema.fields
      .filter(({ scalar }) => scalar === 9)
      .map(({ localName, number }) => [localName, number] as const),
  )("refuses invalid UTF-8 in %s and names the field (Z3)", (field, number) => {
    for (const bytes of [[0xff], [0xc0, 0xa0], [0xed, 0xa0, 0x80], [0x61, 0xe2, 0x82], [0xf4, 0x90, 0x80, 0x80]]) {
      expect(ours(delimited(number, ...bytes))).toEqual({ code: "undecodable", field });
    }
  });

  it("refuses invalid UTF-8 in an attribute's name and value (Z3)", () => {
    const refused = { code: "undecodable", field: "attributes" };
    expect(ours(delimited(18, 10, 1, 0xff, 18, 1, 0x61))).toEqual(refused);
    expect(ours(delimited(18, 10, 1, 0x61, 18, 1, 0xff))).toEqual(refused);
  });

  it.each<[string, number[], string]>([
    ["a zero tag, at which generated code stops silently", [0], "type"],
    ["a zero tag with anything behind", [0, 10, 1, 0x61], "type"],
    ["the end of a group that never began", [12], "id"],
    ["a zero tag within the time", [34, 1, 0], "time"],
    ["a field number of zero", [2, 0], "type"],
    ["a wire type that does not exist", [0xa6, 1], "20"],
    ["a text with the wire type of an integer", [8, 1], "id"],
    ["an integer with the wire type of a text", [50, 1, 0x61], "sequence"],
    ["seconds with the wire type of a text", [34, 3, 10, 1, 0x61], "time"],
    ["an attribute's name with the wire type of an integer", [146, 1, 2, 8, 1], "attributes"],
    ["a nested message that reads past its end", [34, 1, 8, 1], "time"],
    ["a nested text that reads past its end", [146, 1, 2, 10, 2, 0x61, 0x61], "attributes"],
    ["a tag of six bytes", [0x8a, 0x80, 0x80, 0x80, 0x80, 0, 0], "type"],
    ["a tag above 32 bits", [0xa0, 0x81, 0x80, 0x80, 0x10, 0], "type"],
    ["a length above 32 bits", [10, 0x80, 0x80, 0x80, 0x80, 0x10], "id"],
    ["an integer of eleven bytes", [48, ...Array(10).fill(0x80), 1], "sequence"],
    ["an integer that is cut off", [48, 0x80], "sequence"],
    ["a text that is cut off", [10, 2, 0x61], "id"],
    ["bytes that are cut off", [98, 2, 0x61], "data"],
    ["an unknown field that is cut off", [0xa1, 1, 0], "20"],
    ["a group that is cut off", [0xa3, 1], "20"],
    ["a group that another ends", [0xa3, 1, 0xac, 1], "20"],
  ])("refuses %s", (_, bytes, field) => {
    expect(ours(withTail((writer) => writer.raw(Uint8Array.from(bytes))))).toEqual({ code: "undecodable", field });
  });

  it("refuses more than nine digits of a second, and a time before or after the years 0001 to 9999 (F7)", () => {
    const withTime = (seconds: bigint, nanos: number) =>
      ours(withTail((writer) => writer.uint32(34).fork().uint32(8).int64(seconds).uint32(16).int32(nanos).join()));
    expect(withTime(0n, 1_000_000_000)).toEqual({ code: "undecodable", field: "time" });
    expect(withTime(0n, -1)).toEqual({ code: "undecodable", field: "time" });
    expect(withTime(253_402_300_800n, 0)).toEqual({ code: "invalid_envelope", field: "time" });
    expect(withTime(-62_135_596_801n, 0)).toEqual({ code: "invalid_envelope", field: "time" });
    expect(withTime(-62_135_596_800n, 999_999_999)).toMatchObject({ time: { nanos: 999_999_999 } });
  });

  it("refuses an envelope without id, source or type (Z6)", () => {
    expect(ours(new Uint8Array())).toEqual({ code: "invalid_envelope", field: "id" });
    for (const field of ["id", "source", "type"] as const) {
      const bytes = toBinary(EnvelopeSchema, create(EnvelopeSchema, { ...minimal, [field]: undefined }));
      expect(ours(bytes)).toEqual({ code: "invalid_envelope", field });
    }
  });

  it("judges JSON as what it is (Z5)", () => {
    expect(ours(Buffer.from(JSON.stringify(minimal)))).toMatchObject({ code: "undecodable" });
  });

  it("judges the golden envelope cut off at every byte as protobuf-es does (Z1)", () => {
    for (let length = 0; length < golden.length; length++) {
      const cut = golden.subarray(0, length);
      const [mine, reference] = [ours(cut), theirs(cut)];
      if (isRefused(reference)) expect([length, isRefused(mine) && mine.code]).toEqual([length, reference.code]);
      else expect(mine).toEqual(reference);
    }
  });

  it("never reads flipped bits otherwise than protobuf-es does, and throws nothing but refusals (Z2)", () => {
    const next = random(42);
    let read = 0;
    for (let run = 0; run < 10_000; run++) {
      const bytes = golden.slice();
      for (let flips = 1 + (next() % 3); flips > 0; flips--) bytes[next() % bytes.length]! ^= 1 << (next() % 8);
      const mine = ours(bytes);
      if (isRefused(mine)) expect(["undecodable", "invalid_envelope", "invalid_attribute"]).toContain(mine.code);
      else if (!sameFields(mine, theirs(bytes))) expect(mine).toEqual(theirs(bytes));
      else read++;
    }
    expect(read).toBeGreaterThan(1_000);
  });

  it("takes no memory and no time for what hostile bytes only claim (Z4)", () => {
    const before = process.memoryUsage().arrayBuffers;
    const claims = [
      ...[[10], [34], [98], [146, 1], [162, 1]].map((tag) => [...tag, 0xff, 0xff, 0xff, 0xff, 0x07]),
      [10, 0xff, 0xff, 0xff, 0xff, 0x0f],
    ];
    for (const claim of claims) expect(ours(Uint8Array.from(claim))).toMatchObject({ code: "undecodable" });
    const deep = [...Array(1_000).fill([0xa3, 1]), ...Array(1_000).fill([0xa4, 1])].flat();
    expect(ours(Uint8Array.from(deep))).toEqual({ code: "undecodable", field: "20" });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
  });
});

function sameFields(left: Envelope, right: object): boolean {
  return Buffer.compare(bytesOf(left), isRefused(right) ? new Uint8Array() : bytesOf(right as Envelope)) === 0;
}

function bytesOf({ ...fields }: Envelope): Uint8Array {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return toBinary(EnvelopeSchema, create(EnvelopeSchema, given));
}

/** Whole numbers of 32 bits from a seed (xorshift), so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
