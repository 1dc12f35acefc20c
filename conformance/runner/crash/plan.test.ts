import { describe, expect, it } from "vitest";
import { createGenerator } from "../wire/random-envelope.ts";
import { type Accident, planAccidents } from "./accidents.ts";
import { castOf, castText } from "./cast.ts";
import { crashScript, createCounter, fateOf } from "./workload.ts";

const accidentsOf = (seed: bigint, count: number): Accident[] => {
  const { below } = createGenerator(seed);
  const plan = planAccidents(castOf(2, ["ruby", "ts"]), below).take(count);
  return [...plan].map(({ accident }) => accident);
};

describe("a crash run across languages", () => {
  it("gives every language's outbox to another one's relay, and then all parts to all", () => {
    const casts = [0, 1, 2].map((turn) => castText(castOf(turn, ["ruby", "ts"])));
    expect(casts).toEqual(["ruby → ts → ruby + ts", "ts → ruby → ruby + ts", "ruby + ts → ruby + ts → ruby + ts"]);
    expect(castText(castOf(1, ["go", "ruby", "ts"]))).toBe("ruby → ts → go + ruby + ts");
  });

  it("names each of its processes once", () => {
    const names = castOf(2, ["ruby", "ts"]).map(({ name }) => name);
    expect(new Set(names).size).toBe(6);
  });

  it("has the same accidents for the same seed", () => {
    expect(accidentsOf(7n, 50)).toEqual(accidentsOf(7n, 50));
    expect(accidentsOf(7n, 50)).not.toEqual(accidentsOf(8n, 50));
  });

  it("has accidents of every kind, and deaths at points that the role comes to", () => {
    const accidents = accidentsOf(1n, 500);
    expect(new Set(accidents.map(({ kind }) => kind))).toEqual(new Set(["kill", "die_at", "freeze", "disconnect"]));
    const scopes = {
      producer: ["outbox"],
      relay: ["relay", "lease"],
      consumer: ["inbox", "park", "unpark", "dead", "lease"],
    };
    const strays = accidents.filter((accident) => {
      if (accident.kind !== "die_at") return false;
      const role = accident.part.split("-")[0] as keyof typeof scopes;
      return !scopes[role].includes(accident.point.split(".")[0]!);
    });
    expect(strays).toEqual([]);
  });

  it("has handlers fail, give up and publish by the number of the event, in every life alike", () => {
    const fates = new Set(Array.from({ length: 200 }, (_, n) => fateOf(n + 1)));
    expect(fates).toEqual(new Set(["ack", "fails", "dies", "notes"]));
    const rule = (n: number) => crashScript().find(({ match }) => match?.n === n)?.do;
    expect([13, 7, 5, 1].map(rule)).toEqual(["terminal", "throw", "publish", undefined]);
  });

  it("publishes no more than is allowed so far", () => {
    const counter = createCounter();
    expect(counter.isUsedUp).toBe(true);
    counter.allow(2);
    expect([counter.next(), counter.isUsedUp, counter.next(), counter.isUsedUp]).toEqual([1, false, 2, true]);
  });
});
