import { copyFile, readdir, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { runProgram } from "../run-program.ts";
import type { Availability } from "./availability.ts";
import { cachedFolder, cacheFolder, exists } from "./cache-folder.ts";
import { findDebianMirror, unpackDebianPackage } from "./debian-package.ts";

/** The two ends of the range of nats-server versions that Concord supports: 2.9, and the latest that can be had. */
export type NatsVersion = "oldest" | "newest";

/** A nats-server program on this machine. */
export interface NatsBinary {
  readonly path: string;
  /** As the program tells it, such as `2.9.10`. */
  readonly version: string;
}

/** Debian's release that carries the supported minor version, and the one that carries the latest. */
const suites = { oldest: "bookworm", newest: "sid" } as const;

const fits = {
  oldest: (version: string) => version.startsWith("2.9."),
  newest: (version: string) => compareVersions(version, "2.12.0") >= 0,
} as const;

/**
 * Finds a nats-server: `$NATS_SERVER`, PATH, then `.cache/`, else fetches Debian's package into `.cache/`.
 * `$NATS_SERVER` stands for the newest version whatever its own is. Nothing is installed on the system.
 */
export async function findNatsServer(wanted: NatsVersion, signal?: AbortSignal): Promise<Availability<NatsBinary>> {
  const named = process.env.NATS_SERVER;
  if (named && wanted === "newest") return askVersion(named);
  const found = await findPresent(wanted);
  if (found) return { available: true, ...found };
  try {
    return await fetchFromDebian(wanted, signal);
  } catch (error) {
    return { available: false, why: `nats-server could not be fetched: ${(error as Error).message}. ${hint}` };
  }
}

const hint =
  "Install nats-server (https://nats.io/download) so that it is on PATH, or set NATS_SERVER to the program, and run again.";

async function findPresent(wanted: NatsVersion): Promise<NatsBinary | undefined> {
  const program = process.platform === "win32" ? "nats-server.exe" : "nats-server";
  const cached = join(cacheFolder, "nats-server");
  const folders = [
    ...(process.env.PATH ?? "").split(delimiter),
    ...((await exists(cached)) ? (await readdir(cached)).map((name) => join(cached, name)) : []),
  ];
  const paths = [process.env.NATS_SERVER, ...folders.map((folder) => join(folder, program))];
  const known: NatsBinary[] = [];
  for (const path of paths) {
    if (!path || !(await exists(path))) continue;
    const found = await askVersion(path);
    if (found.available && fits[wanted](found.version)) known.push(found);
  }
  return known.sort((left, right) => compareVersions(right.version, left.version))[0];
}

async function askVersion(path: string): Promise<Availability<NatsBinary>> {
  try {
    const version = /v?(\d+\.\d+\.\d+)/.exec(await runProgram(path, ["--version"]))?.[1];
    if (version) return { available: true, path, version };
    return { available: false, why: `${path} is no nats-server: it tells no version` };
  } catch (error) {
    return { available: false, why: `${path} does not run: ${(error as Error).message}` };
  }
}

async function fetchFromDebian(wanted: NatsVersion, signal?: AbortSignal): Promise<Availability<NatsBinary>> {
  const mirror = await findDebianMirror();
  if (!mirror.available)
    return { available: false, why: `no nats-server ${versionText(wanted)} is here, and ${mirror.why}. ${hint}` };
  const suite = suites[wanted];
  const folder = await cachedFolder(`nats-server/${suite}`, async (target) => {
    await unpackDebianPackage({ name: "nats-server", suite }, mirror.source, target, signal);
    await copyFile(join(target, "usr", "sbin", "nats-server"), join(target, "nats-server"));
    await Promise.all(
      ["apt", "usr", "etc", "lib"].map((name) => rm(join(target, name), { recursive: true, force: true })),
    );
  });
  return askVersion(join(folder, "nats-server"));
}

function versionText(wanted: NatsVersion): string {
  return wanted === "oldest" ? "2.9" : "2.12 or newer";
}

function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split(".").map(Number)) as [number[], number[]];
  const at = a.findIndex((part, index) => part !== b[index]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}
