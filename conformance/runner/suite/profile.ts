import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { type KnownFailure, ProfileSchema } from "@concord/gen/concord/conformance/v1/suite_pb.js";
import { matchesPath } from "./path-pattern.ts";
import { SuiteError } from "./suite-error.ts";
import { readYaml } from "./suites.ts";

/** How a testee is run and what it claims. */
export interface TesteeProfile {
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Program and arguments that prepare it, empty for none. */
  readonly setup: readonly string[];
  /** Undefined: what it claims itself counts. */
  readonly features: readonly string[] | undefined;
  readonly knownFailing: readonly KnownFailure[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Reads a profile from its file.
 * @throws {SuiteError} for an unknown key.
 */
export async function loadProfile(path: string): Promise<TesteeProfile> {
  const json = readYaml(path, await readFile(path, "utf8"));
  return toProfile(path, json);
}

function toProfile(path: string, json: ReturnType<typeof readYaml>): TesteeProfile {
  try {
    const profile = fromJson(ProfileSchema, json as JsonValue);
    const here = (word: string) => (/^\.\.?\//.test(word) ? resolve(dirname(path), word) : word);
    return {
      name: profile.name,
      command: profile.command.map(here),
      setup: profile.setup.map(here),
      features: profile.features,
      knownFailing: profile.knownFailing,
      environment: profile.environment,
    };
  } catch (error) {
    throw new SuiteError(`${path}: ${(error as Error).message}`);
  }
}

/** The profile of a command that somebody typed: it runs in a shell, and its own claims count. */
export function profileOfCommand(command: string): TesteeProfile {
  const words = process.platform === "win32" ? ["cmd", "/c", command] : ["sh", "-c", `exec ${command}`];
  return { name: command, command: words, setup: [], features: undefined, knownFailing: [], environment: {} };
}

/** What in a profile speaks of nothing: patterns that match no case, features that no case needs. */
export function profileFaults(
  { features, knownFailing }: TesteeProfile,
  cases: readonly { readonly path: string; readonly features: readonly string[] }[],
  known: ReadonlySet<string>,
): string[] {
  const needed = new Set([...known, ...cases.flatMap((each) => each.features)]);
  return [
    ...knownFailing
      .filter(({ pattern }) => !cases.some(({ path }) => matchesPath(pattern, path)))
      .map(({ pattern }) => `the known failure ${pattern} matches no case`),
    ...knownFailing.filter(({ why }) => !why).map(({ pattern }) => `the known failure ${pattern} has no reason (why)`),
    ...(features ?? []).filter((name) => !needed.has(name)).map((name) => `no case knows the feature ${name}`),
  ];
}
