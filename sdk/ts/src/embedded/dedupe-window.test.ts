import { expect, it } from "vitest";
import { DedupeWindow } from "./dedupe-window.ts";

it("finds an id until its window has passed", () => {
  const dedupe = new DedupeWindow();
  dedupe.add("a", 7, 1_000);
  expect(dedupe.find("a", 1_999, 1_000)).toBe(7);
  expect(dedupe.find("a", 2_000, 1_000)).toBeUndefined();
  expect(dedupe.find("b", 1_000, 1_000)).toBeUndefined();
});

it("forgets what left the window and keeps the rest", () => {
  const dedupe = new DedupeWindow();
  for (const [index, id] of ["a", "b", "c"].entries()) dedupe.add(id, index, index * 1_000);
  dedupe.prune(2_500, 1_000);
  expect(dedupe.size).toBe(1);
  expect(dedupe.find("c", 2_500, 1_000)).toBe(2);
});

it("counts the window from the last time an id was stored", () => {
  const dedupe = new DedupeWindow();
  dedupe.add("a", 1, 0);
  dedupe.add("b", 2, 500);
  expect(dedupe.find("a", 1_000, 1_000)).toBeUndefined();
  dedupe.add("a", 3, 1_000);
  dedupe.prune(1_600, 1_000);
  expect(dedupe.size).toBe(1);
  expect(dedupe.find("a", 1_999, 1_000)).toBe(3);
});

it("forgets an id that was not stored after all", () => {
  const dedupe = new DedupeWindow();
  dedupe.add("a", 1, 0);
  dedupe.delete("a");
  expect(dedupe.find("a", 0, 1_000)).toBeUndefined();
});
