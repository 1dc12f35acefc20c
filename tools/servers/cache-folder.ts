import { randomBytes } from "node:crypto";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";

/** Where what was fetched once is kept: `$CONCORD_CACHE`, else the repository's ignored folder. */
export const cacheFolder = process.env.CONCORD_CACHE || join(import.meta.dirname, "..", "..", ".cache");

/**
 * Returns `.cache/NAME`, filling it on first use. The folder appears complete or not at all, whether the process is
 * interrupted or several do this at once.
 * @throws whatever `fill` throws; nothing is left behind then.
 */
export async function cachedFolder(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder, name);
  if (await exists(folder)) return folder;
  const unfinished = `${folder}.${process.pid}-${randomBytes(3).toString("hex")}`;
  try {
    await mkdir(unfinished, { recursive: true });
    await fill(unfinished);
    await rename(unfinished, folder);
  } catch (error) {
    // Another process may have been faster; its folder is as good as ours.
    if (!(await exists(folder))) throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/** Whether a path exists. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
