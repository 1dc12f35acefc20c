import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openVectors } from "./vector-files.ts";

describe("vectors", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "vectors-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ["cut in the middle", '{"vectors":[{"id":"C1-x","why'],
    ["with an unknown key", '{"vectors":[{"id":"C1-x","wyh":"x"}]}'],
    ["with bytes that are no hex", '{"vectors":[{"id":"C1-x","why":"x","hex":"0g"}]}'],
  ])("%s are damaged, and the run says so", async (_, text) => {
    await writeFile(join(folder, "bad.json"), text);
    await expect(openVectors(folder).read("bad")).rejects.toMatchObject({
      name: "SuiteError",
      message: expect.stringContaining("bad.json cannot be read"),
    });
  });

  it("are found by file and id", async () => {
    await writeFile(
      join(folder, "good.json"),
      '{"vectors":[{"id":"C1-x","why":"x","hex":["00",{"fill":"61","size":2}]}]}',
    );
    expect(await openVectors(folder).find("good#C1-x")).toMatchObject({ id: "C1-x" });
    await expect(openVectors(folder).find("good#C1-y")).rejects.toThrow("no vector good#C1-y");
    await expect(openVectors(folder).find("none#C1-y")).rejects.toThrow("none.json");
  });
});
