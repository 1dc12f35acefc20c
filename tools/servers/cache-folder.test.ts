import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { cachedFolder, cacheFolder, exists } from "./cache-folder.ts";

const name = `cache-test-${process.pid}/thing`;
afterEach(() => rm(dirname(join(cacheFolder, name)), { recursive: true, force: true }));

it("fills a folder once", async () => {
  let filled = 0;
  const fill = async (folder: string) => {
    filled++;
    await writeFile(join(folder, "file"), "text");
  };
  await cachedFolder(name, fill);
  expect(await readFile(join(await cachedFolder(name, fill), "file"), "utf8")).toBe("text");
  expect(filled).toBe(1);
});

it("leaves nothing behind when filling fails", async () => {
  await expect(cachedFolder(name, () => Promise.reject(new Error("no network")))).rejects.toThrow("no network");
  expect(await readdir(dirname(join(cacheFolder, name)))).toEqual([]);
  expect(await exists(join(cacheFolder, name))).toBe(false);
});

it("takes the other's folder when two fill at once", async () => {
  const fill = (folder: string) => writeFile(join(folder, "file"), "text");
  const [a, b] = await Promise.all([cachedFolder(name, fill), cachedFolder(name, fill)]);
  expect(a).toBe(b);
  expect(await readdir(a)).toEqual(["file"]);
});
