import { create, toBinary } from "@bufbuild/protobuf";
import { ProductListedSchema } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { describe, expect, it } from "vitest";
import { eventContract } from "./contract/event-contract.ts";
import { decodeMessage, rejectionReason } from "./decode-message.ts";
import { createEnvelope } from "./envelope/create-envelope.ts";
import { encodeEnvelope } from "./envelope/encode-envelope.ts";
import type { Envelope } from "./envelope/envelope.ts";
import { ConcordError } from "./error.ts";
import { envelopeContentType, type StoredMessage } from "./message.ts";
import { formatSubject } from "./subject.ts";

const contract = eventContract(ProductListedSchema);
const find = ({ type }: { readonly type: string }) => (type === contract.type ? contract : undefined);

const product = create(ProductListedSchema, { productId: "kb 1", name: "Keyboard" });

const envelope: Envelope = createEnvelope({
  id: "01920000-0000-7000-8000-000000000001",
  source: "/shop/inventory",
  type: contract.type,
  key: "kb 1",
  data: toBinary(ProductListedSchema, product),
});

function message(changes: Partial<StoredMessage> = {}, of: Envelope = envelope): StoredMessage {
  return {
    stream: "evt-inventory",
    sequence: 7n,
    subject: formatSubject({ tree: "evt", stream: "inventory", partition: 3, keyToken: "kb%201", type: contract.type }),
    headers: { "content-type": envelopeContentType },
    body: encodeEnvelope(of),
    storedAtMs: 1,
    ...changes,
  };
}

function codeOf(stored: StoredMessage): string | undefined {
  try {
    decodeMessage(stored, find);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(ConcordError);
    return (error as ConcordError).code;
  }
}

describe("decodeMessage", () => {
  it("gives the envelope, the contract and the data of a handled event", () => {
    const event = decodeMessage(message(), find)!;
    expect(event.envelope.id).toBe(envelope.id);
    expect(event.contract).toBe(contract);
    expect(event.data).toEqual(product);
    expect(event.redrives).toBe(0);
  });

  it("reads the content type without case and parameters (F1)", () => {
    const headers = { "content-type": "Application/Vnd.Concord.Envelope.V1+Protobuf; charset=x" };
    expect(decodeMessage(message({ headers }), find)).toBeDefined();
  });

  it("counts redrives by their header, behind the redrive's subject", () => {
    const subject = `rdr.orders.${message().subject}`;
    const headers = { "content-type": envelopeContentType, "concord-redrive": "2" };
    expect(decodeMessage(message({ subject, headers }), find)?.redrives).toBe(2);
  });

  it("has nothing to say about a type that nobody handles, whatever its bytes are (F13)", () => {
    const subject = message().subject.replace("ProductListed", "ProductGone");
    expect(decodeMessage(message({ subject, body: new Uint8Array([255]) }), find)).toBeUndefined();
  });

  it.each([
    ["a later version of the envelope", "application/vnd.concord.envelope.v2+protobuf"],
    ["another content type", "application/json"],
    ["a property of every object", "constructor"],
  ])("refuses %s", (_, contentType) => {
    expect(codeOf(message({ headers: { "content-type": contentType } }))).toBe("unsupported_content_type");
  });

  it("refuses a message without a content type", () => {
    expect(codeOf(message({ headers: {} }))).toBe("unsupported_content_type");
  });

  it.each([
    ["garbage", new Uint8Array([255, 255, 255])],
    ["cut bytes", encodeEnvelope(envelope).subarray(0, 30)],
  ])("refuses %s as undecodable (F7)", (_, body) => {
    expect(codeOf(message({ body }))).toBe("undecodable");
  });

  it("refuses an envelope without an id (F7)", () => {
    expect(codeOf(message({ body: new Uint8Array() }))).toBe("invalid_envelope");
  });

  it("refuses an envelope of another type or key than its subject names (F13)", () => {
    expect(codeOf(message({}, { ...envelope, type: "shop.inventory.v1.StockReserved" }))).toBe("subject_mismatch");
    expect(codeOf(message({}, { ...envelope, key: "kb 2" }))).toBe("subject_mismatch");
    expect(codeOf(message({}, { ...envelope, key: undefined }))).toBe("subject_mismatch");
    expect(codeOf(message({}, { ...envelope, key: "x".repeat(300) }))).toBe("subject_mismatch");
  });

  it("refuses data that is no message of the type, or of another encoding", () => {
    expect(codeOf(message({}, { ...envelope, data: new Uint8Array([10, 200]) }))).toBe("undecodable");
    expect(codeOf(message({}, { ...envelope, dataContentType: "application/json" }))).toBe("unsupported_content_type");
    expect(codeOf(message({}, { ...envelope, dataContentType: "application/x-protobuf" }))).toBeUndefined();
  });

  it("names the message and none of its content in an error (T28)", () => {
    const secret = { ...envelope, key: "secret" };
    expect(() => decodeMessage(message({}, secret), find)).toThrow(
      "the subject of message 7 of evt-inventory names another key than its envelope",
    );
  });
});

describe("rejectionReason", () => {
  it("keeps undecodable and too_old, and calls everything else invalid (F12)", () => {
    expect(rejectionReason("undecodable")).toBe("undecodable");
    expect(rejectionReason("too_old")).toBe("too_old");
    for (const code of ["subject_mismatch", "unsupported_content_type", "invalid_envelope"] as const) {
      expect(rejectionReason(code)).toBe("invalid");
    }
  });
});
