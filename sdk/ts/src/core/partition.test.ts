import fc from "fast-check";
import { expect, it } from "vitest";
import { escapeKeyToken } from "./key-token.ts";
import { partitionOf } from "./partition.ts";

const all = 2 ** 32;

it("hashes by FNV-1a 32, unsigned: the published vectors", () => {
  // http://www.isthe.com/chongo/tech/comp/fnv/
  const vectors = { "": 0x811c9dc5, a: 0xe40c292c, b: 0xe70c2de5, foobar: 0xbf9cf968 };
  for (const [text, hash] of Object.entries(vectors)) expect([text, partitionOf(text, all)]).toEqual([text, hash]);
});

it("gives the partitions that nats-server gives (F3)", () => {
  expect(partitionOf("order-1", 8)).toBe(5);
});

it("hashes the escaped token, so that every language sees the same bytes (K5)", () => {
  const key = "Zoë/1";
  expect(escapeKeyToken(key)).toBe("Zo%C3%AB%2F1");
  expect(partitionOf(escapeKeyToken(key), all)).not.toBe(partitionOf(key, all));
});

it("hashes the UTF-8 bytes of an id that is no ASCII", () => {
  expect(partitionOf("é", all)).toBe(0x1e9de8c1);
});

it("always gives a whole number below the number of partitions", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 256 }), (token, partitions) => {
      const partition = partitionOf(token, partitions);
      return Number.isInteger(partition) && partition >= 0 && partition < partitions;
    }),
  );
});
