import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { partitionFilter } from "../core/subject.ts";
import { compileFilter, filterCovers, filtersOverlap, isFilter, isSubject, partitionOf } from "./subject-filter.ts";

const token = fc.constantFrom("evt", "rdr", "orders", "3", "4", "3", "4", "a[b]?", "%5F");
const head = fc.constantFrom("evt", "cmd", "rdr", "dlq", "shop");
/** Subjects of Concord's form and such that look like it, with numbers where they do not belong. */
const subject = fc.tuple(head, fc.array(token, { maxLength: 6 })).map(([first, rest]) => [first, ...rest].join("."));
/** Filters that often match: a subject with some tokens replaced, perhaps cut short by `>`. */
const filterOf = (text: string) =>
  fc.tuple(fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }), fc.option(fc.nat(6))).map(([stars, cut]) => {
    const tokens = text.split(".").map((each, i) => (stars[i] ? "*" : each));
    return cut === null || cut >= tokens.length ? tokens.join(".") : [...tokens.slice(0, cut), ">"].join(".");
  });
const subjectAndFilter = subject.chain((text) => fc.tuple(fc.constant(text), filterOf(text)));

describe("a subject filter", () => {
  it.each([
    ["evt.orders.>", "evt.orders.3.k1.shop.A", true],
    ["evt.orders.>", "evt.orders", false],
    ["evt.orders.3.*.shop.A", "evt.orders.3.k1.shop.A", true],
    ["evt.orders.3.*.shop.A", "evt.orders.3.k1.x.shop.A", false],
    ["evt.*", "evt.orders.3", false],
    ["evt.orders.3.k1.shop.A", "evt.orders.3.k1.shop.A", true],
    ["evt.orders.3.k+1", "evt.orders.3.kk1", false],
  ])("%s on %s: %j", (filter, text, expected) => {
    expect(compileFilter(filter).matches(text)).toBe(expected);
  });

  it("matches what it was made from", () => {
    fc.assert(
      fc.property(subjectAndFilter, ([text, filter]) => {
        expect(compileFilter(filter).matches(text)).toBe(true);
      }),
    );
  });

  it("never loses a subject to its GLOB, which SQLite applies first", () => {
    const db = new DatabaseSync(":memory:");
    const glob = db.prepare("SELECT ? GLOB ? AS found");
    fc.assert(
      fc.property(subjectAndFilter, ([text, filter]) => {
        expect(glob.get(text, compileFilter(filter).glob)!.found).toBe(1);
      }),
    );
    db.close();
  });

  it("lets its GLOB decide alone only where that lets through no other subject", () => {
    const db = new DatabaseSync(":memory:");
    const glob = db.prepare("SELECT ? GLOB ? AS found");
    fc.assert(
      fc.property(subject, subjectAndFilter, (other, [, text]) => {
        const filter = compileFilter(text);
        if (filter.isGlob) expect(glob.get(other, filter.glob)!.found === 1).toBe(filter.matches(other));
      }),
      { numRuns: 1_000 },
    );
    db.close();
  });

  it("names a partition only if every subject that it matches is in it", () => {
    fc.assert(
      fc.property(subjectAndFilter, ([text, filter]) => {
        if (partitionOf(filter) !== undefined) expect(partitionOf(text)).toBe(partitionOf(filter));
      }),
      { numRuns: 5_000 },
    );
  });

  it("knows the partition of every filter that Concord writes, so that its reader skips the others", () => {
    for (const tree of ["evt", "cmd", "rdr"] as const) {
      for (const namespace of [undefined, "x"]) {
        for (const type of [undefined, "shop.A"]) {
          const filter = partitionFilter({ tree, stream: "orders", namespace }, 3, type);
          expect(partitionOf(filter), filter).toBe(3);
        }
      }
    }
  });

  it.each(["evt.orders.>", "evt.orders.*.k1.>", "*.evt.orders.3.>", "evt.orders.3", "evt.orders.03.k", ">"])(
    "knows no partition of %s",
    (text) => {
      expect(partitionOf(text)).toBeUndefined();
    },
  );

  it("overlaps with another one where a subject matches both", () => {
    fc.assert(
      fc.property(
        subject.chain((text) => fc.tuple(filterOf(text), filterOf(text))),
        ([one, other]) => {
          expect(filtersOverlap(one, other)).toBe(true);
          expect(filtersOverlap(other, one)).toBe(true);
        },
      ),
    );
    expect(filtersOverlap("evt.orders.>", "evt.payments.>")).toBe(false);
    expect(filtersOverlap("evt.*.3", "evt.orders.4")).toBe(false);
    expect(filtersOverlap("evt.orders", "evt.orders.>")).toBe(false);
  });

  it("covers another one only if it matches all that the other matches", () => {
    fc.assert(
      fc.property(subjectAndFilter, subjectAndFilter, ([text, inner], [, outer]) => {
        if (filterCovers(outer, inner)) expect(compileFilter(outer).matches(text)).toBe(true);
      }),
    );
    expect(filterCovers("evt.>", "evt.orders.>")).toBe(true);
    expect(filterCovers("evt.*.k", "evt.*.k")).toBe(true);
    expect(filterCovers("evt.orders.k", "evt.*.k")).toBe(false);
    expect(filterCovers("evt.*", "evt.>")).toBe(false);
  });

  it("tells subjects and filters from other texts", () => {
    for (const text of ["evt", "evt.orders.3.k%2E.shop.A"]) expect(isSubject(text), text).toBe(true);
    for (const text of ["", ".", "evt.", ".evt", "a..b", "a b", "a.*", "a.>", "a.b*"])
      expect(isSubject(text), text).toBe(false);
    for (const text of [">", "*", "evt.>", "evt.*.k", "evt.orders"]) expect(isFilter(text), text).toBe(true);
    for (const text of ["", "evt.>.k", "evt.a*", "evt..>", "evt. "]) expect(isFilter(text), text).toBe(false);
  });
});
