import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ProgramError, runProgram } from "../run-program.ts";
import type { Availability } from "../servers/availability.ts";
import { cacheFolder } from "../servers/cache-folder.ts";

const root = join(import.meta.dirname, "..", "..");
/** The Ruby SDK's folder. */
export const rubySdkFolder: string = join(root, "sdk", "ruby");
const gemFolder = join(cacheFolder, "ruby");
const oldest = [3, 1] as const;

/** A Ruby with the gems of the SDK and its tests. */
export interface Ruby {
  /** Such as `3.1.2`. */
  readonly version: string;
  /** What a Ruby process needs to find the gems and the generated messages. */
  readonly env: NodeJS.ProcessEnv;
}

/** How {@link findRuby} goes about it. */
export interface FindRubyOptions {
  /** Told before gems are installed, which takes a minute or more; not told when they are there. */
  readonly onInstall?: () => void;
  readonly signal?: AbortSignal;
}

/**
 * Finds Ruby 3.1 or newer on PATH, and puts the gems that `sdk/ruby/Gemfile` names into `.cache/ruby`. Nothing is
 * installed on the system.
 */
export async function findRuby({ onInstall, signal }: FindRubyOptions = {}): Promise<Availability<Ruby>> {
  const version = await askVersion();
  if (!version.available) return version;
  const env = environment();
  const stamp = join(gemFolder, `installed-${version.version}`);
  const wanted = await gemsDigest();
  if ((await readFile(stamp, "utf8").catch(() => "")) === wanted) return { ...version, env };
  try {
    onInstall?.();
    await mkdir(gemFolder, { recursive: true });
    await runProgram("bundle", ["install", "--quiet", "--jobs", "4", "--retry", "3"], {
      cwd: rubySdkFolder,
      env,
      signal,
    });
    await writeFile(stamp, wanted);
    return { ...version, env };
  } catch (error) {
    return { available: false, why: whyNoGems(error) };
  }
}

async function askVersion(): Promise<Availability<{ readonly version: string }>> {
  const hint = `Install Ruby ${oldest.join(".")} or newer with its headers and Bundler (https://www.ruby-lang.org)`;
  try {
    const version = (await runProgram("ruby", ["-e", "print RUBY_VERSION"])).trim();
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return { available: true, version };
    return { available: false, why: `ruby on PATH is ${version}. ${hint}.` };
  } catch {
    return { available: false, why: `there is no ruby on PATH. ${hint}.` };
  }
}

/** What the gems depend on: another of it means another install. */
async function gemsDigest(): Promise<string> {
  const files = await Promise.all(
    ["Gemfile", "concord-sdk.gemspec"].map((name) => readFile(join(rubySdkFolder, name))),
  );
  return createHash("sha256").update(Buffer.concat(files)).digest("hex");
}

function environment(): NodeJS.ProcessEnv {
  const generated = join(root, "gen", "ruby");
  return {
    ...process.env,
    BUNDLE_GEMFILE: join(rubySdkFolder, "Gemfile"),
    BUNDLE_PATH: gemFolder,
    BUNDLE_APP_CONFIG: join(gemFolder, "bundle"),
    RUBYLIB: [generated, process.env.RUBYLIB].filter(Boolean).join(":"),
  };
}

function whyNoGems(error: unknown): string {
  if (error instanceof ProgramError) return `the gems could not be installed: ${error.output.trim().slice(-500)}`;
  return `the gems could not be installed: ${(error as Error).message}. Install Bundler ("gem install bundler").`;
}
