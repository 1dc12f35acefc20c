import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ConcordError, errorCodes, isConcordError, RetryLaterError, TerminalError, toConcordError } from "./error.ts";

it("documents exactly the codes there are, with the same sentence", () => {
  const page = readFileSync(new URL("../../../../docs/errors.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `([a-z_]+)` \| ([^|]+) \| ([^|]+) \|$/gm)];
  expect(Object.fromEntries(rows.map(([, code, meaning]) => [code, meaning]))).toEqual(errorCodes);
});

it("keeps code, details and cause", () => {
  const cause = new Error("socket closed");
  const error = new ConcordError("unavailable", "the broker is gone", { cause, details: { url: "nats://x" } });
  expect(error).toMatchObject({ name: "ConcordError", code: "unavailable", cause, details: { url: "nats://x" } });
  expect(isConcordError(error)).toBe(true);
  expect(isConcordError(error, "config")).toBe(false);
});

it("gives unknown errors a code and keeps them as cause, without their text", () => {
  const thrown = new TypeError("secret");
  expect(toConcordError(thrown)).toMatchObject({ code: "internal", cause: thrown });
  expect(toConcordError(thrown).message).not.toContain("secret");
  expect(toConcordError(new TerminalError("no use"))).toMatchObject({ code: "terminal" });
  expect(toConcordError(new DOMException("stop", "AbortError"))).toMatchObject({ code: "canceled" });
});

it("lets a handler name its own delay", () => {
  expect(new RetryLaterError({ delayMs: 400 })).toMatchObject({ name: "RetryLaterError", delayMs: 400 });
  expect(new RetryLaterError({ delayMs: 0.5 }).delayMs).toBe(1);
  for (const delayMs of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => new RetryLaterError({ delayMs })).toThrow(RangeError);
  }
});
