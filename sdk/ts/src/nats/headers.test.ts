import { MsgHdrsImpl } from "@nats-io/nats-core";
import { describe, expect, it } from "vitest";
import { decodeHeaders, encodeHeaders } from "./headers.ts";

describe("headers", () => {
  it("tell their exact size on the wire", () => {
    const encoded = encodeHeaders({ "content-type": "text/plain; é=😀", empty: "" }, { "Nats-Msg-Id": "/a/1" });
    expect(encoded.bytes).toBe((encoded.headers as MsgHdrsImpl).encode().length);
  });

  it("put the message id in its exact case (T22)", () => {
    const { headers } = encodeHeaders({}, { "Nats-Msg-Id": "/a/1" });
    expect([...headers]).toEqual([["Nats-Msg-Id", ["/a/1"]]]);
  });

  it.each(["nats-msg-id", "NATS-MSG-ID", "Nats-Rollup", "nats-expected-stream"])(
    "never carry a message's own %s",
    (name) => {
      const { headers } = encodeHeaders({ [name]: "x" }, { "Nats-Msg-Id": "/a/1" });
      expect([...headers]).toEqual([["Nats-Msg-Id", ["/a/1"]]]);
    },
  );

  it.each([
    [{ "a b": "1" }],
    [{ "": "1" }],
    [{ "a:b": "1" }],
    [{ é: "1" }],
    [{ a: "1\r\nNats-Rollup: all" }],
    [{ a: "1\n" }],
  ])("refuse %j", (own) => {
    expect(() => encodeHeaders(own, {})).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });

  it("refuse a line end in the message id", () => {
    expect(() => encodeHeaders({}, { "Nats-Msg-Id": "a\r\nb" })).toThrow(
      expect.objectContaining({ code: "invalid_argument", message: expect.not.stringContaining("a\r\nb") }),
    );
  });

  it("are read in lower case, trimmed, the last value counts (T25)", () => {
    const lines = MsgHdrsImpl.fromRecord({ "Content-Type": ["a", " b "], TRACEPARENT: ["\tc"] });
    expect(decodeHeaders(() => lines)).toEqual({ "content-type": "b", traceparent: "c" });
  });

  it("that cannot be read count as none", () => {
    const broken = () => {
      throw new Error("'header' ' ' is not a valid character in a header name");
    };
    expect(decodeHeaders(broken)).toEqual({});
    expect(decodeHeaders(() => undefined)).toEqual({});
  });
});
