import { expect, it } from "vitest";
import { childOf, formatTraceparent, newTraceparent, parseTraceparent } from "./traceparent.ts";

const text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

it("reads and writes a traceparent", () => {
  const parsed = parseTraceparent(text);
  expect(parsed).toEqual({ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", flags: 1 });
  expect(formatTraceparent(parsed!)).toBe(text);
  expect(parseTraceparent(`01${text.slice(2)}-more`)).toEqual(parsed);
});

it.each([
  undefined,
  "",
  "00",
  text.toUpperCase(),
  `ff${text.slice(2)}`,
  `${text}-more`,
  text.replace(/0af[0-9a-f]+/, "0".repeat(32)),
  text.replace(/b7a[0-9a-f]+/, "0".repeat(16)),
])("takes %s as absent", (bad) => {
  expect(parseTraceparent(bad)).toBeUndefined();
});

it("passes on only the flags that it knows", () => {
  const parent = parseTraceparent(`cc${text.slice(2, -2)}ff-future`)!;
  expect(parent.flags).toBe(255);
  expect(childOf(parent, Math.random)).toMatchObject({ traceId: parent.traceId, flags: 3 });
});

it("begins a trace and continues it", () => {
  const begun = newTraceparent(Math.random);
  const next = childOf(begun, Math.random);
  expect(parseTraceparent(formatTraceparent(begun))).toEqual(begun);
  expect([next.traceId, next.flags]).toEqual([begun.traceId, 1]);
  expect(next.spanId).not.toBe(begun.spanId);
  expect(parseTraceparent(formatTraceparent(newTraceparent(() => 0)))).toBeDefined();
});
