import fc from "fast-check";
import { expect, it } from "vitest";
import { escapeKeyPart, escapeKeyToken, unescapeKeyToken } from "./key-token.ts";

it.each([
  ["order-1", "order-1"],
  ["_", "%5F"],
  ["a_b", "a_b"],
  ["~-", "~-"],
  ["a.b", "a%2Eb"],
  ["*", "%2A"],
  [">", "%3E"],
  ["%", "%25"],
  [" ", "%20"],
  ["\r\n\0", "%0D%0A%00"],
  ["é", "%C3%A9"],
  ["😀", "%F0%9F%98%80"],
  ["!'()", "%21%27%28%29"],
])("escapes %j to %s", (key, token) => {
  expect(escapeKeyToken(key)).toBe(token);
  expect(unescapeKeyToken(token)).toBe(key);
});

it("reads the token _ as no key", () => {
  expect(unescapeKeyToken("_")).toBeUndefined();
});

it("refuses an empty key, a lone surrogate and more than 255 escaped bytes", () => {
  expect(() => escapeKeyToken("")).toThrow(expect.objectContaining({ code: "invalid_key" }));
  expect(() => escapeKeyToken("a\ud800")).toThrow(expect.objectContaining({ code: "invalid_key" }));
  expect(escapeKeyToken("a".repeat(255))).toHaveLength(255);
  expect(() => escapeKeyToken("a".repeat(256))).toThrow(expect.objectContaining({ code: "invalid_key" }));
  expect(() => escapeKeyToken("é".repeat(43))).toThrow(
    expect.objectContaining({ details: expect.objectContaining({ bytes: 258 }) }),
  );
});

it.each(["a%2eb", "%zz", "%", "a.b", "%41", "%C0%A0"])("refuses the token %s, which no key escapes to", (token) => {
  expect(() => unescapeKeyToken(token)).toThrow(expect.objectContaining({ code: "invalid_key" }));
});

it("gives distinct, legal tokens that read back, for any keys", () => {
  const key = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(key, key, (a, b) => {
      const tokens = [escapeKeyToken(a), escapeKeyToken(b)] as const;
      expect(tokens[0]).toMatch(/^[A-Za-z0-9_~%-]+$/);
      expect(unescapeKeyToken(tokens[0])).toBe(a);
      expect(tokens[0] === tokens[1]).toBe(a === b);
    }),
    { numRuns: 1_000 },
  );
});

it("escapes parts of an idempotency key, empty ones too", () => {
  expect(["", "_", "a/b"].map(escapeKeyPart)).toEqual(["", "%5F", "a%2Fb"]);
});
