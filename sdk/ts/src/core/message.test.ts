import { expect, it } from "vitest";
import { deadLetterMessageId, messageId } from "./message.ts";

it("gives distinct message ids to distinct sources and ids, whatever slashes they hold", () => {
  const ids = [messageId("/a", "b/c"), messageId("/a/b", "c"), messageId("/a", "b%2Fc")];
  expect(ids).toEqual(["/a/b%2Fc", "/a/b/c", "/a/b%252Fc"]);
  expect(new Set(ids).size).toBe(3);
});

it("gives a redrive an id of its own, so that the dedupe window does not swallow it (T6)", () => {
  expect(messageId("/a", "b", 2)).toBe("/a/b/redrive/2");
});

it("names a dead letter by where the original stands", () => {
  expect(deadLetterMessageId("inventory", "evt-orders", 7n, 0)).toBe("dl/inventory/evt-orders/7/0");
});
