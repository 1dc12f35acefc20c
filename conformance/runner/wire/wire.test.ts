import { describe, expect, it } from "vitest";
import { difference } from "../match/match-value.ts";
import { bytesOfJson } from "./bytes-value.ts";
import { formatHeaderBlock, parseHeaderBlock, replaceHeaders } from "./header-list.ts";
import { escapeToken, keyToken, unescapeToken } from "./key-token.ts";
import { fromWire, toWire } from "./message-format.ts";
import { foldVerdicts, mutate, spellVerdicts } from "./mutate.ts";
import { partitionOf } from "./partition.ts";
import { plainFromJson, plainToJson } from "./plain-envelope.ts";
import { createGenerator } from "./random-envelope.ts";
import { messageIdOf, subjectOf } from "./subject.ts";

describe("the runner's own reading of the rules", () => {
  it("puts order-1 into partition 5 of 8, as nats-server does (F3)", () => {
    expect(partitionOf(keyToken("order-1"), 8)).toBe(5);
    const parts = {
      ns: "x",
      kind: "event",
      owner: "orders",
      key: "order-1",
      id: "1",
      type: "a.B",
      partitions: 8,
    } as const;
    expect(subjectOf(parts)).toBe("x.evt.orders.5.order-1.a.B");
    expect(messageIdOf("/a", "b/c%")).toBe("/a/b%2Fc%25");
  });

  it("escapes keys so that they turn back, 2,000 generated ones", () => {
    const generator = createGenerator(1n);
    for (let turn = 0; turn < 2_000; turn++) {
      const key = generator.key();
      expect(unescapeToken(keyToken(key))).toBe(key);
    }
    expect(escapeToken("_")).toBe("%5F");
  });

  it.each(["env", "ce-json", "ce-binary", "ce-proto", "json"])("writes and reads 500 envelopes as %s", (mode) => {
    const generator = createGenerator(2n);
    for (let turn = 0; turn < 500; turn++) {
      const json = plainToJson(generator.envelope());
      expect(difference({ $exact: json }, plainToJson(fromWire(toWire(mode, plainFromJson(json)))))).toBeUndefined();
    }
  });

  it("keeps headers as they are, case, spaces and repetitions", () => {
    const headers = [
      { name: "Nats-Msg-Id", value: "a" },
      { name: "x", value: " b " },
      { name: "X", value: "c" },
    ];
    expect(parseHeaderBlock(formatHeaderBlock(headers))).toEqual(headers);
    expect(replaceHeaders(headers, [{ name: "x", value: "" }])).toEqual([headers[0]]);
  });

  it("breaks bytes the same way each time", () => {
    const by = { case: "flip", value: { seed: 42, count: 100 } } as never;
    expect(mutate({ by }, new Uint8Array(8))).toEqual(mutate({ by }, new Uint8Array(8)));
    expect(mutate({ by: { case: "cut", value: {} } as never }, new Uint8Array(3)).map(({ length }) => length)).toEqual([
      0, 1, 2,
    ]);
    expect(spellVerdicts(foldVerdicts("uuuuoui"))).toBe("uuuuoui");
  });

  it("reads bytes from hex, fills and lists, and nothing else", () => {
    expect(Buffer.from(bytesOfJson(["00", { fill: "61", size: 2 }])).toString("hex")).toBe("006161");
    for (const bad of ["0", "ZZ", 7, null, { fill: "61" }])
      expect(() => bytesOfJson(bad as never)).toThrow("are no bytes");
  });
});
