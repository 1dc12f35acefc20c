import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProgram } from "../run-program.ts";
import type { Availability } from "./availability.ts";
import { exists } from "./cache-folder.ts";

/** One package of one Debian release. */
export interface DebianPackage {
  readonly name: string;
  /** A release's code name, such as `bookworm`. */
  readonly suite: string;
  /** Whether what it depends on and the system lacks comes with it. Default: no. */
  readonly withDependencies?: boolean;
}

/**
 * The system's own Debian mirror as an apt source without its suite: `[signed-by=…] URI`. Absent on other systems and
 * where apt is set up without one.
 */
export async function findDebianMirror(aptFolder = "/etc/apt"): Promise<Availability<{ readonly source: string }>> {
  for (const text of await readSources(aptFolder)) {
    const source = mirrorFromStanza(text) ?? mirrorFromLine(text);
    if (source) return { available: true, source };
  }
  return { available: false, why: `no Debian mirror is named in ${aptFolder}` };
}

async function readSources(aptFolder: string): Promise<string[]> {
  const parts = join(aptFolder, "sources.list.d");
  const names = (await exists(parts)) ? (await readdir(parts)).map((name) => join(parts, name)) : [];
  const files = [join(aptFolder, "sources.list"), ...names.sort()];
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
  return texts.flatMap((text, index) =>
    files[index]!.endsWith(".sources") ? text.split(/\n\s*\n/) : text.split("\n"),
  );
}

/** A mirror, or a snapshot of one. */
const isDebianArchive = /\/debian(\/\d+T\d+Z)?\/?$/;

function mirrorFromStanza(stanza: string): string | undefined {
  const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(stanza)?.[1];
  const uri = field("URIs");
  if (!uri || !isDebianArchive.test(uri)) return undefined;
  const key = field("Signed-By");
  return key?.startsWith("/") ? `[signed-by=${key}] ${uri}` : uri;
}

function mirrorFromLine(line: string): string | undefined {
  const [, options, uri] = /^deb\s+(\[[^\]]*\])?\s*(\S+)\s+\S+/.exec(line) ?? [];
  if (!uri || !isDebianArchive.test(uri)) return undefined;
  return options ? `${options} ${uri}` : uri;
}

/**
 * Unpacks a Debian package into a folder without installing anything and without root: apt works on lists and a cache
 * of its own below `folder`, the system's are neither read nor written.
 * @throws {Error} when apt or dpkg fail, such as without a network.
 */
export async function unpackDebianPackage(wanted: DebianPackage, mirror: string, folder: string, signal?: AbortSignal) {
  const apt = join(folder, "apt");
  await mkdir(join(apt, "lists", "partial"), { recursive: true });
  const archives = join(apt, "cache", "archives");
  await mkdir(join(archives, "partial"), { recursive: true });
  await writeFile(join(apt, "sources.list"), `deb ${mirror} ${wanted.suite} main\n`);
  const settings = [
    `Dir::Etc::sourcelist=${join(apt, "sources.list")}`,
    "Dir::Etc::sourceparts=-",
    `Dir::State::lists=${join(apt, "lists")}`,
    `Dir::Cache=${join(apt, "cache")}`,
    "Acquire::Retries=3",
    "Acquire::Languages=none",
    "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
    // The folder may be closed to apt's own download user.
    "APT::Sandbox::User=root",
    // The system's own locks need root, and nothing that they guard is touched.
    "Debug::NoLocking=1",
  ].flatMap((setting) => ["-o", setting]);
  await runProgram("apt-get", [...settings, "update"], { signal });
  const fetch = wanted.withDependencies
    ? ["install", "--download-only", "--yes", "--no-install-recommends"]
    : ["download"];
  await runProgram("apt-get", [...settings, ...fetch, `${wanted.name}/${wanted.suite}`], { cwd: archives, signal });
  const packages = (await readdir(archives)).filter((name) => name.endsWith(".deb"));
  if (packages.length === 0) throw new Error(`apt-get downloaded no archive of ${wanted.name}`);
  for (const each of packages) await runProgram("dpkg", ["-x", join(archives, each), folder], { signal });
}
