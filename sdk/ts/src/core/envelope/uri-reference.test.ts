import { expect, it } from "vitest";
import { isUriReference } from "./uri-reference.ts";

it.each([
  "/shop/orders",
  "orders",
  "",
  "../a",
  "?q",
  "#f",
  "//host/path",
  "//user:pw@host:8080/p?q=1/2?#f/?",
  "https://[2001:db8::1]:443/",
  "urn:concord:schema:00",
  "mailto:a@example.com",
  "a/b:c",
  "./a:b",
  "/%C3%A9",
  "a://",
  "/a//b",
  "x:/",
])("takes %s as a URI-reference", (text) => {
  expect(isUriReference(text)).toBe(true);
});

it.each([
  "/é",
  "/a b",
  "a:b c",
  "1a:b",
  ":a",
  "%",
  "/%4",
  "/%GG",
  "/[a]",
  "//[::1",
  "//host:port/",
  "a#b#c",
  "a^b",
  "{a}",
  "a|b",
  '"a"',
  "a\\b",
  "/a\n",
  "\u0000",
])("refuses %j as a URI-reference", (text) => {
  expect(isUriReference(text)).toBe(false);
});

it("takes no longer for a text that is nearly one", () => {
  const began = performance.now();
  for (const part of ["a", "%41", "a/", "a:", "//", "a%41b@", "?a", "#%"])
    isUriReference(`${part.repeat(100_000)}\u0000`);
  expect(performance.now() - began).toBeLessThan(2_000);
});
