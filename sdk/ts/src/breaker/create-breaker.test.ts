import { expect, it } from "vitest";
import { ConcordError, isConcordError } from "../core/error.ts";
import { createBreaker } from "./create-breaker.ts";

const fail = async () => {
  throw new ConcordError("unavailable", "down");
};

it("refuses without calling after so many failures in a row", async () => {
  const breaker = createBreaker({ name: "inventory", failures: 2, resetMs: 60_000 });
  for (let n = 0; n < 2; n++) await expect(breaker.run(fail)).rejects.toMatchObject({ code: "unavailable" });
  let called = false;
  const call = breaker.run(async () => {
    called = true;
  });
  await expect(call).rejects.toMatchObject({ code: "circuit_open" });
  expect(called).toBe(false);
  expect(breaker.isOpen).toBe(true);
});

it("does not count errors that say nothing about the dependency's health", async () => {
  const breaker = createBreaker({
    name: "inventory",
    failures: 1,
    ignore: (error) => isConcordError(error, "not_found"),
  });
  const missing = async () => {
    throw new ConcordError("not_found", "no such product");
  };
  for (let n = 0; n < 3; n++) await expect(breaker.run(missing)).rejects.toMatchObject({ code: "not_found" });
  expect(breaker.isOpen).toBe(false);
  expect(await breaker.run(async () => 7)).toBe(7);
});

it("lets a call through again after its pause", async () => {
  const breaker = createBreaker({ name: "inventory", failures: 1, resetMs: 0 });
  await expect(breaker.run(fail)).rejects.toMatchObject({ code: "unavailable" });
  expect(await breaker.run(async () => "back")).toBe("back");
  expect(breaker.isOpen).toBe(false);
});
