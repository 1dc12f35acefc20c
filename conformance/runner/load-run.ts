import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { findNatsServer } from "../../tools/servers/nats-binary.ts";
import { findPostgres } from "../../tools/servers/postgres-binary.ts";
import { openVectors, type VectorFiles } from "./context/vector-files.ts";
import type { Options } from "./options.ts";
import { axisClaims, opNames } from "./suite/features.ts";
import { isSelected, matchesGlob } from "./suite/path-pattern.ts";
import { type Offer, type Permutation, permute } from "./suite/permutations.ts";
import { loadProfile, profileFaults, profileOfCommand, type TesteeProfile } from "./suite/profile.ts";
import { SuiteError } from "./suite/suite-error.ts";
import { type LoadedCase, loadSuites } from "./suite/suites.ts";

/** Nothing on this machine can play the server that was asked for; the run ends with exit code 3. */
export class UnreachableError extends Error {
  override readonly name: string = "UnreachableError";
}

/** The folder that holds suites, vectors and profiles: beside the sources, and beside `dist` in the package. */
export async function suiteFolder(): Promise<string> {
  for (const up of ["..", "../../.."]) {
    const folder = join(import.meta.dirname, up);
    if (await exists(join(folder, "suites"))) return folder;
  }
  throw new SuiteError("the suites are not beside the runner: the package is damaged");
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** All cases of a run, and those of them that are to be run. */
export interface LoadedRun {
  readonly folder: string;
  readonly vectors: VectorFiles;
  readonly cases: readonly LoadedCase[];
  readonly all: readonly Permutation[];
  readonly selected: readonly Permutation[];
}

/**
 * Loads the suites and makes their permutations.
 * @throws {SuiteError} for a fault in a suite, or a selection that selects nothing.
 */
export async function loadRun(options: Options): Promise<LoadedRun> {
  const folder = await suiteFolder();
  const cases = await loadSuites(join(folder, "suites"));
  const vectors = openVectors(join(folder, "vectors"));
  const vectorOps = await vectorOpsOf(vectors, cases);
  const servers = await serverLabels(options, cases);
  const offer: Offer = { servers, embedded: options.servers.includes("embedded"), vectorOps };
  const all = permute(cases, offer);
  const chosen = all.filter(({ level }) => options.levels.includes(level));
  const wanted = chosen.filter(
    (each) => options.cases.length === 0 || options.cases.some((name) => isSelected(name, each)),
  );
  const turn = Number(options.seed % BigInt(options.sample));
  const selected = wanted.filter((_, index) => index % options.sample === turn);
  if (selected.length === 0)
    throw new SuiteError(`no case fits ${options.cases.join(", ") || options.levels.join(", ")}`);
  if (selected.some(({ axes }) => axes.db === "postgres")) await requirePostgres();
  return { folder, vectors, cases, all, selected };
}

/** Every permutation that a machine with these servers runs. */
export async function allPermutations(servers: readonly string[], embedded: boolean): Promise<Permutation[]> {
  const folder = await suiteFolder();
  const cases = await loadSuites(join(folder, "suites"));
  return permute(cases, {
    servers,
    embedded,
    vectorOps: await vectorOpsOf(openVectors(join(folder, "vectors")), cases),
  });
}

/** Labels of the servers that are there; L0 alone needs none. */
async function serverLabels({ servers, levels }: Options, cases: readonly LoadedCase[]): Promise<string[]> {
  const wanted = servers.filter((name) => name !== "embedded");
  if (!cases.some(({ level }) => level !== "L0" && levels.includes(level))) return ["newest"];
  const labels: string[] = [];
  for (const name of wanted) {
    const found = await findNatsServer(name as "newest" | "oldest");
    if (!found.available) throw new UnreachableError(found.why);
    labels.push(name === "newest" ? "newest" : found.version);
  }
  return labels;
}

async function requirePostgres(): Promise<void> {
  const found = await findPostgres();
  if (!found.available) throw new UnreachableError(found.why);
}

/** Which ops the vectors of a file ask, so that a case's features follow from what it runs. */
async function vectorOpsOf(vectors: VectorFiles, cases: readonly LoadedCase[]): Promise<Offer["vectorOps"]> {
  const files = new Set(cases.flatMap(({ given, then }) => [...given, ...then].flatMap(vectorFilesIn)));
  const loaded = new Map(await Promise.all([...files].map(async (file) => [file, await vectors.read(file)] as const)));
  return (file, ids) => {
    const { vectors = [], mutations = [] } = loaded.get(file) ?? {};
    const asked = vectors
      .filter(({ id }) => ids === "" || matchesGlob(ids, id))
      .flatMap(({ request }) => Object.keys(request ?? {}));
    return [...new Set([...asked, ...(mutations.length > 0 && asked.length === 0 ? ["decode"] : [])])];
  };
}

function vectorFilesIn(step: unknown): string[] {
  const file = (step as { vectors?: { file?: unknown } }).vectors?.file;
  return typeof file === "string" ? [file] : [];
}

/**
 * Finds the testee: a profile by its name, or a command.
 * @throws {SuiteError} for a profile that speaks of what is not there.
 */
export async function findTestee(name: string, { folder, all }: LoadedRun): Promise<TesteeProfile> {
  const path = join(folder, "profiles", `${name}.yaml`);
  if (!/^[a-z][a-z0-9-]*$/.test(name) || !(await exists(path))) {
    if (/^[a-z][a-z0-9-]*$/.test(name) && !name.includes(" "))
      throw new SuiteError(`there is no profile ${name}; a command needs an argument or a path`);
    return profileOfCommand(name);
  }
  const profile = await loadProfile(path);
  const faults = profileFaults(profile, all, new Set([...opNames, ...axisClaims]));
  if (faults.length > 0) throw new SuiteError(`profile ${name}: ${faults.join("; ")}`);
  return profile;
}

/** Everything that a testee may claim. */
export function knownFeatures({ all }: Pick<LoadedRun, "all">): ReadonlySet<string> {
  return new Set([...opNames, ...axisClaims, ...all.flatMap(({ features }) => features)]);
}

/** Names of all profiles that come with the suite. */
export async function profileNames(folder: string): Promise<string[]> {
  const files = await readdir(join(folder, "profiles"));
  return files
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => name.slice(0, -".yaml".length))
    .sort();
}
