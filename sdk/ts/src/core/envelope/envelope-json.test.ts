import { describe, expect, it } from "vitest";
import { ConcordError } from "../error.ts";
import { createEnvelope } from "./create-envelope.ts";
import { decodeEnvelopeJson, encodeEnvelopeJson } from "./envelope-json.ts";

const envelope = createEnvelope({
  id: "1",
  source: "/a",
  type: "x.Y",
  time: { seconds: 1_735_787_045n, nanos: 6 },
  key: "k",
  sequence: 2n ** 64n - 1n,
  data: Buffer.from([0, 255, 254]),
  attributes: { tenant: "acme" },
});

function codeOf(json: string): string {
  try {
    decodeEnvelopeJson(json);
    return "read";
  } catch (error) {
    return error instanceof ConcordError ? error.code : String(error);
  }
}

describe("an envelope in JSON", () => {
  it("is written by protobuf's rules and reads as it was", () => {
    const json = encodeEnvelopeJson(envelope);
    expect(JSON.parse(json)).toEqual({
      id: "1",
      source: "/a",
      type: "x.Y",
      time: "2025-01-02T03:04:05.000000006Z",
      key: "k",
      sequence: "18446744073709551615",
      data: "AP/+",
      attributes: { tenant: "acme" },
    });
    const read = decodeEnvelopeJson(Buffer.from(json));
    expect({ ...read, data: Buffer.from(read.data!) }).toEqual({ ...envelope, data: Buffer.from(envelope.data!) });
  });

  it("is read leniently where protobuf's rules say so (T35)", () => {
    const read = decodeEnvelopeJson(
      '{"id":"1","source":"/a","type":"x","idempotency_key":"i","sequence":7,"data":"_-8","key":null,"time":"2025-01-02T05:04:05+02:00","new":{}}',
    );
    expect(read).toMatchObject({ idempotencyKey: "i", sequence: 7n, time: { seconds: 1_735_787_045n, nanos: 0 } });
    expect(Buffer.from(read.data!).toString("hex")).toBe("ffef");
    expect(read.key).toBeUndefined();
  });

  it.each([
    ['{"id":"\\ud800","source":"/a","type":"x"}', "undecodable"],
    ['{"id":"1","source":"/a","type":"x"}x', "undecodable"],
    ['{"id":"1","source":"/a","type":"x","sequence":"1.5"}', "undecodable"],
    ['{"id":"1","source":"/a","type":"x","key":""}', "invalid_envelope"],
    ['{"source":"/a","type":"x"}', "invalid_envelope"],
  ])("is refused when it is %s", (json, code) => {
    expect(codeOf(json)).toBe(code);
  });
});
