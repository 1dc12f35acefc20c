import { describe, expect, it } from "vitest";
import { findTestee, loadRun } from "./load-run.ts";
import { parseOptions } from "./options.ts";

describe("the command line", () => {
  it.each([
    [["--level", "L7"], "--level is one of"],
    [["--frobnicate"], "frobnicate"],
    [["--jobs", "none"], "--jobs takes"],
    [["--format", "yaml"], "--format is one of"],
    [["--servers", "2.8"], "--servers takes"],
  ])("refuses wrong use %j", (args, message) => {
    expect(() => parseOptions(args)).toThrow(expect.objectContaining({ name: "SuiteError" }));
    expect(() => parseOptions(args)).toThrow(message);
  });

  it("refuses a testee that nobody knows, and a selection of nothing", async () => {
    const run = await loadRun(parseOptions(["--level=L0"]));
    await expect(findTestee("nobody", run)).rejects.toThrow("there is no profile nobody");
    const none = loadRun(parseOptions(["--level=L0", "--case", "no-such-case"]));
    await expect(none).rejects.toMatchObject({ name: "SuiteError", message: "no case fits no-such-case" });
  });

  it("takes a sample by the seed, the same each time, and all of it over the seeds", async () => {
    const pathsOf = async (...args: string[]) => {
      const { selected } = await loadRun(parseOptions(["--level", "L0", ...args]));
      return selected.map(({ path }) => path);
    };
    const all = await pathsOf();
    const [one, other, again] = await Promise.all(
      ["1", "2", "1"].map((seed) => pathsOf("--sample", "2", "--seed", seed)),
    );
    expect(one).toEqual(again);
    expect([...one!, ...other!].sort()).toEqual([...all].sort());
  });
});
