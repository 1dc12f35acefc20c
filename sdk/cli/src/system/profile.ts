import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parse, YAMLParseError } from "yaml";
import type { CommandContext, CommandInput } from "../command-context.ts";
import { CommandError, exitCodes } from "../command-error.ts";
import { nearest } from "./nearest.ts";

/** Where an operating command works. */
export interface Profile {
  /** As in `concord.yaml`; undefined when the environment's variables are used. */
  readonly name: string | undefined;
  /** `nats://HOST:PORT` or `embedded:FILE`. */
  readonly transport: string;
  /** File with NATS credentials. */
  readonly credentials: string | undefined;
  readonly namespace: string | undefined;
  /**
   * The URL of a service's database.
   * @throws {CommandError} when none is known.
   */
  databaseOf(service: string): Promise<string>;
}

/** A setting as it stands in `concord.yaml`: itself, or where a secret is kept. */
type Setting = string | { readonly env?: string; readonly file?: string };

interface ProfileSettings {
  readonly transport?: Setting;
  readonly credentials?: string;
  readonly namespace?: string;
  readonly databases?: Readonly<Record<string, Setting>>;
}

interface ConcordYaml {
  readonly default?: string;
  readonly profiles?: Readonly<Record<string, ProfileSettings>>;
}

const profileKeys = ["transport", "credentials", "namespace", "databases"];

/**
 * Finds out where to work: options win over the profile of `concord.yaml`, which wins over the `CONCORD_*` variables that
 * services read too.
 * @throws {CommandError} for a file that does not read, an unknown profile, a secret that stands in the file itself.
 */
export async function readProfile(
  options: CommandInput["options"],
  { cwd, environment = {} }: CommandContext,
): Promise<Profile> {
  const { name, settings } = await findProfile(text(options.profile), cwd);
  const secrets: SecretPlaces = { cwd, environment };
  const transport =
    text(options.transport) ?? (await read("transport", settings.transport, secrets)) ?? environment.CONCORD_TRANSPORT;
  return {
    name,
    transport: checkTransport(transport ?? "embedded:.data/broker.db"),
    credentials: inFolder(cwd, settings.credentials) ?? environment.CONCORD_NATS_CREDENTIALS,
    namespace: text(options.namespace) ?? settings.namespace ?? environment.CONCORD_NAMESPACE,
    databaseOf: async (service) =>
      text(options.database) ??
      (await read(`databases.${service}`, settings.databases?.[service], secrets)) ??
      environment.CONCORD_DATABASE_URL ??
      fail(`no database of "${service}" is known; name it in concord.yaml, by --database or CONCORD_DATABASE_URL`),
  };
}

async function findProfile(
  asked: string | undefined,
  cwd: string,
): Promise<{ name?: string; settings: ProfileSettings }> {
  const { default: usual, profiles = {} } = await readYaml(join(cwd, "concord.yaml"));
  const name = asked ?? usual;
  if (name === undefined) return { settings: {} };
  const settings = profiles[name];
  if (!settings) {
    const like = nearest(name, Object.keys(profiles));
    const advice = like ? `did you mean "${like}"?` : `it has ${Object.keys(profiles).join(", ") || "none"}`;
    fail(`concord.yaml has no profile "${name}"; ${advice}`);
  }
  const stranger = Object.keys(settings).find((key) => !profileKeys.includes(key));
  if (stranger)
    fail(`concord.yaml: profiles.${name}.${stranger}: no such setting; there are ${profileKeys.join(", ")}`);
  return { name, settings };
}

async function readYaml(path: string): Promise<ConcordYaml> {
  const content = await readFile(path, "utf8").catch(() => "");
  try {
    return parse(content) ?? {};
  } catch (error) {
    const place = error instanceof YAMLParseError ? error.message.split("\n", 1)[0] : String(error);
    return fail(`concord.yaml does not read: ${place}`);
  }
}

interface SecretPlaces {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

async function read(name: string, setting: Setting | undefined, { cwd, environment }: SecretPlaces) {
  if (setting === undefined) return undefined;
  if (typeof setting === "string") return refuseSecret(name, setting);
  if (setting.env !== undefined) {
    return environment[setting.env] || fail(`concord.yaml: ${name}: the variable ${setting.env} is not set`);
  }
  if (setting.file === undefined) return fail(`concord.yaml: ${name}: give a text, {env: NAME} or {file: PATH}`);
  const content = await readFile(resolve(cwd, setting.file), "utf8").catch(() =>
    fail(`concord.yaml: ${name}: the file ${setting.file} cannot be read`),
  );
  return content.trim();
}

/** The file is committed with the contracts, so that everybody who reads them would read the password. */
function refuseSecret(name: string, setting: string): string {
  if (!/^[a-z]+:\/\/[^@/]*:[^@/]+@/.test(setting)) return setting;
  return fail(
    `concord.yaml: ${name}: holds a password; keep it in the environment or a file: {env: NAME}, {file: PATH}`,
  );
}

function checkTransport(transport: string): string {
  if (/^(embedded:.+|(nats|tls|wss?):\/\/.+)$/.test(transport)) return transport;
  return fail(`"${transport}" is no transport; give nats://HOST:PORT or embedded:FILE`);
}

function inFolder(folder: string, path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(folder, path);
}

function text(value: string | boolean | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function fail(message: string): never {
  throw new CommandError(exitCodes.wrongUse, message);
}
