import { readdir, readFile, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { runProgram } from "../run-program.ts";
import type { Availability } from "./availability.ts";
import { cachedFolder, exists } from "./cache-folder.ts";
import { findDebianMirror, unpackDebianPackage } from "./debian-package.ts";

/** A browser on this machine that runs without a screen. */
export interface Chromium {
  readonly path: string;
  /** As the program tells it, such as `150.0.7871.100`. */
  readonly version: string;
  /** What its process needs to find its libraries. */
  readonly env: NodeJS.ProcessEnv;
}

const names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];
const hint = "Install Chromium so that it is on PATH, or set CHROMIUM to the program, and run again.";

/**
 * Finds Chromium: `$CHROMIUM`, PATH, then `.cache/`, else fetches Debian's package with the libraries that the system lacks
 * into `.cache/`. Nothing is installed on the system.
 */
export async function findChromium(signal?: AbortSignal): Promise<Availability<Chromium>> {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const paths = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  for (const path of [process.env.CHROMIUM, ...paths]) {
    if (!path || !(await exists(path))) continue;
    const found = await askVersion(path, process.env);
    if (found.available) return found;
  }
  try {
    return await fetchFromDebian(signal);
  } catch (error) {
    return { available: false, why: `Chromium could not be fetched: ${(error as Error).message}. ${hint}` };
  }
}

async function askVersion(path: string, env: NodeJS.ProcessEnv): Promise<Availability<Chromium>> {
  try {
    const version = /\d+(\.\d+){3}/.exec(await runProgram(path, ["--version"], { env }))?.[0];
    if (version) return { available: true, path, version, env };
    return { available: false, why: `${path} is no Chromium: it tells no version` };
  } catch (error) {
    return { available: false, why: `${path} does not run: ${(error as Error).message}` };
  }
}

async function fetchFromDebian(signal?: AbortSignal): Promise<Availability<Chromium>> {
  const mirror = await findDebianMirror();
  if (!mirror.available) return { available: false, why: `no Chromium is here, and ${mirror.why}. ${hint}` };
  const suite = /^VERSION_CODENAME=(\w+)$/m.exec(await readFile("/etc/os-release", "utf8"))?.[1];
  if (!suite) return { available: false, why: `no Chromium is here, and /etc/os-release names no release. ${hint}` };
  const folder = await cachedFolder(`chromium/${suite}`, async (target) => {
    // The system's own release, as its libraries are what the others are linked with.
    const wanted = { name: "chromium-headless-shell", suite, withDependencies: true };
    await unpackDebianPackage(wanted, mirror.source, target, signal);
    await Promise.all(["apt", "etc"].map((name) => rm(join(target, name), { recursive: true, force: true })));
  });
  const path = join(folder, "usr", "lib", "chromium", "chromium-headless-shell");
  return askVersion(path, { ...process.env, LD_LIBRARY_PATH: await libraryPath(join(folder, "usr", "lib")) });
}

/** The folders of one machine's libraries, such as `x86_64-linux-gnu`, and those that PulseAudio keeps beneath. */
async function libraryPath(lib: string): Promise<string> {
  const folders = (await readdir(lib)).filter((name) => name.includes("-linux-")).map((name) => join(lib, name));
  const own = process.env.LD_LIBRARY_PATH;
  return [...folders, ...folders.map((folder) => join(folder, "pulseaudio")), ...(own ? [own] : [])].join(delimiter);
}
