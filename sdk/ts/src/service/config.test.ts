import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ConcordError } from "../core/error.ts";
import { configVariables, readConfig } from "./config.ts";

it("needs no variable at all: one process, files in .data", () => {
  expect(readConfig("orders", {})).toMatchObject({
    transport: "embedded:.data/broker.db",
    databaseUrl: "sqlite:.data/orders.db",
    port: 8080,
    concurrency: 16,
  });
});

it("keeps the default files in the folder that is given", () => {
  expect(readConfig("orders", { CONCORD_DATA_DIR: "/var/lib/shop" })).toMatchObject({
    transport: "embedded:/var/lib/shop/broker.db",
    databaseUrl: "sqlite:/var/lib/shop/orders.db",
  });
});

it("names every unknown variable and every wrong value at once", () => {
  const read = () =>
    readConfig("orders", {
      CONCORD_PROT: "1",
      CONCORD_PORT: "x",
      CONCORD_NAMESPACE: "A",
      CONCORD_TRANSPORT: "kafka://x",
    });
  expect(read).toThrow(ConcordError);
  try {
    read();
  } catch (error) {
    const { message } = error as ConcordError;
    expect(message.split("\n")).toHaveLength(4);
    for (const name of ["CONCORD_PROT", "CONCORD_PORT", "CONCORD_NAMESPACE", "CONCORD_TRANSPORT"])
      expect(message).toContain(name);
    expect(message).not.toContain("kafka");
  }
});

it("overlooks variables of other programs and of our own tests", () => {
  expect(() => readConfig("orders", { PATH: "/bin", CONCORD_TEST_X: "1" })).not.toThrow();
  expect(configVariables).toContain("CONCORD_DATABASE_URL");
});

it("has every variable on the page about configuration, and none else", () => {
  const page = readFileSync(new URL("../../../../docs/configuration.md", import.meta.url), "utf8");
  const documented = [...page.matchAll(/^\| `(CONCORD_[A-Z_]+)` \|/gm)].map(([, name]) => name);
  expect(documented.toSorted()).toEqual(configVariables.toSorted());
});
