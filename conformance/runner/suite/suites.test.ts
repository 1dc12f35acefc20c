import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { permute } from "./permutations.ts";
import { profileFaults } from "./profile.ts";
import { loadSuites, readSuite } from "./suites.ts";

const suite = (cases: string, axes = "axes: [{name: mode, values: [env, ce-json]}]") => `
level: L1
letter: H
group: headers
about: x
${axes}
cases:
${cases}`;
const fine = `  - id: H1
    slug: one
    rule: one header
    given: [{publish: {events: [{keys: "k:1"}]}, as: sent}]
    then: [{messages: {stream: evt-counted, count: 1}}]`;
const read = (text: string) => readSuite("x.yaml", text);
const offer = { servers: ["newest", "2.9.10"], embedded: true, vectorOps: () => [] };

describe("a suite", () => {
  it("is read when nothing is wrong", () => {
    expect(read(suite(fine))).toMatchObject([{ level: "L1", definition: { id: "H1" }, given: [{ as: "sent" }] }]);
  });

  it("may name a field by an axis", () => {
    const how = ["$", "{how}"].join("");
    const cutting = `${fine}\n    axes: [{name: how, values: [cut, blackhole]}]`.replace(
      "given: [",
      `given: [{network: {"${how}": {}}}, `,
    );
    expect(permute(read(suite(cutting)), offer)).toHaveLength(4);
  });

  it("may give a number where the schema wants text", () => {
    expect(read(suite(fine.replace('keys: "k:1"', 'keys: "k:1", padding: 10')))).toHaveLength(1);
  });

  it.each([
    ["an unknown key of a case", fine.replace("slug:", "slgu:"), "slgu"],
    ["an unknown key of an op", fine.replace("events:", "evnts:"), "evnts"],
    ["an unknown act", fine.replace("publish:", "pubish:"), "pubish"],
    ["a wrong type", fine.replace("count: 1", "count: many"), "many"],
    ["a key twice", fine.replace("rule: one header", "rule: a\n    rule: b"), "unique"],
    ["a testee that is not there", fine.replace("as: sent", "as: sent, on: B"), "no testee B"],
    ["a placeholder that nothing fills", fine.replace("k:1", ["$", "{k}:1"].join("")), "{k} is no axis"],
    ["an answer without a name", fine.replace("as: sent", "later: true"), "needs a name"],
    ["a case without then", fine.replace(/then:.*/, ""), "proves nothing"],
    ["a case without a rule", fine.replace("rule: one header", 'rule: ""'), "rule"],
    ["an id that is none", fine.replace("id: H1", "id: Header"), "id such as"],
    ["an unknown level", `${fine}\n    level: L9`, "no level"],
  ])("with %s is refused, naming it", (_, cases, message) => {
    expect(() => read(suite(cases))).toThrow(message);
  });
});

describe("permutations", () => {
  const paths = (text: string) => permute(read(text), offer).map(({ path }) => path);

  it("are the product of the axes, servers spelt out", () => {
    const axes = "axes: [{name: tr, values: [srv, embedded]}, {name: rep, values: ['1', '2']}]";
    expect(paths(suite(fine, axes))).toEqual(
      ["newest", "2.9.10", "embedded"].flatMap((tr) => [1, 2].map((rep) => `L1/headers/H1/tr=${tr}/rep=${rep}`)),
    );
  });

  it("follow the case's own axes; an empty one takes the suite's away", () => {
    const own = `${fine}\n    axes: [{name: mode, values: []}, {name: point, values: [a, b]}]`;
    expect(paths(suite(own))).toEqual(["L1/headers/H1/point=a", "L1/headers/H1/point=b"]);
  });

  it("know what a testee must claim", () => {
    const [first] = permute(read(suite(`${fine}\n    features: [rules]`)), offer);
    expect(first!.features).toEqual(["configure", "mode=env", "provision", "publish", "rules"]);
  });

  it("of one path are refused", () => {
    expect(() => paths(suite(`${fine}\n${fine}`))).toThrow("stands in two suites");
  });

  it("that spoil their process have their own", () => {
    const killing = fine.replace("given: [", "given: [{repeat: {times: 2, steps: [{signal: KILL}]}}, ");
    expect(permute(read(suite(killing)), offer)[0]!.ownProcess).toBe(true);
    expect(permute(read(suite(fine)), offer)[0]!.ownProcess).toBe(false);
  });
});

describe("a profile", () => {
  const cases = permute(read(suite(fine)), offer);
  const profile = (features: string[], pattern: string, why = "known") =>
    profileFaults(
      { name: "x", command: [], setup: [], environment: {}, features, knownFailing: [{ pattern, why } as never] },
      cases,
      new Set(),
    );

  it("is faultless when all it speaks of is there", () => {
    expect(profile(["publish", "mode=env"], "L1/headers/H1/**")).toEqual([]);
  });

  it("that speaks of nothing is refused: patterns, features, reasons", () => {
    expect(profile(["publish"], "L2/**")).toEqual(["the known failure L2/** matches no case"]);
    expect(profile(["fly"], "**")).toEqual(["no case knows the feature fly"]);
    expect(profile([], "**", "")).toEqual(["the known failure ** has no reason (why)"]);
  });
});

describe("a folder of suites", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "suites-"));
    await writeFile(join(folder, "L1-good.yaml"), suite(fine));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ["is no text", Buffer.from([0x6c, 0xff, 0xfe])],
    ["was cut off", suite(fine).slice(0, 40)],
    ["is empty", ""],
  ])("of which one file %s is not run at all, and the file is named", async (_, content) => {
    await writeFile(join(folder, "L2-bad.yaml"), content);
    const refusal = { name: "SuiteError", message: expect.stringContaining("L2-bad.yaml") };
    await expect(loadSuites(folder)).rejects.toMatchObject(refusal);
  });

  it("of which one is a folder is not run either", async () => {
    await rm(join(folder, "L2-bad.yaml"));
    await mkdir(join(folder, "L2-bad.yaml"));
    await expect(loadSuites(folder)).rejects.toThrow("L2-bad.yaml cannot be read");
  });
});
