import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { configVariables, readConfig } from "../sdk/ts/src/service/config.ts";

const root = join(import.meta.dirname, "..");
const deploy = join(root, "deploy");
const read = (...path: string[]) => readFileSync(join(deploy, ...path), "utf8");

interface ComposeService {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly env_file?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly stop_grace_period?: string;
}

const { services } = parse(read("compose.yaml"), { merge: true }) as { services: Record<string, ComposeService> };
const own = Object.entries(services).filter(([, { env_file }]) => env_file);

function readEnv(text: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

/** What of the environment a service's own code asks for. */
function variablesOf(service: string): Set<string> {
  const folder = join(root, "services", service);
  const files = readdirSync(folder).filter((name) => name.endsWith(".ts"));
  const code = files.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
  return new Set(code.match(/\b[A-Z]+_URL\b/g));
}

it("runs each service of the shop but its starter, with its own database", () => {
  const folders = readdirSync(join(root, "services")).filter((name) =>
    existsSync(join(root, "services", name, "service.ts")),
  );
  expect(own.map(([name]) => name).sort()).toEqual(folders.sort());
  for (const [name, { command, environment }] of own) {
    expect(existsSync(join(root, command![0]!))).toBe(true);
    expect(environment!.CONCORD_DATABASE_URL).toMatch(new RegExp(`/${name}$`));
    expect(read("databases.sql")).toContain(`CREATE DATABASE ${name};`);
  }
});

it("gives each service only variables that it reads, and values that read", () => {
  for (const [name, { env_file, environment }] of own) {
    const given = { ...readEnv(read(env_file![0]!)), ...environment };
    const known = new Set([...configVariables, ...variablesOf(name)]);
    expect(
      Object.keys(given).filter((variable) => !known.has(variable)),
      name,
    ).toEqual([]);
    expect(
      [...variablesOf(name)].filter((variable) => !variable.startsWith("CONCORD_") && !(variable in given)),
      name,
    ).toEqual([]);
    expect(readConfig(name, given)).toMatchObject({ transport: "nats://nats:4222", host: "0.0.0.0", port: 8080 });
    for (const host of Object.values(given).flatMap((value) => /\/\/(?:[^@/]*@)?([a-z]+):/.exec(value)?.[1] ?? [])) {
      expect(services).toHaveProperty(host);
    }
  }
});

it("waits for what services need, sees whether they are ready, and lets them drain", () => {
  for (const [, { depends_on, healthcheck, stop_grace_period }] of own) {
    expect(depends_on).toEqual({ nats: { condition: "service_healthy" }, postgres: { condition: "service_healthy" } });
    expect(healthcheck!.test.join(" ")).toContain("/health/ready");
    expect(Number.parseInt(stop_grace_period!, 10) * 1_000).toBeGreaterThan(readConfig("x", {}).drainTimeoutMs);
  }
  for (const name of ["nats", "postgres"]) expect(services[name]!.healthcheck).toBeDefined();
});

it("pins images, gives no port twice and holds no password", () => {
  for (const { image } of Object.values(services)) if (image) expect(image).toMatch(/:v?\d+(\.\d+)?/);
  const ports = Object.values(services).flatMap(({ ports = [] }) => ports.map((port) => port.split(":")[0]));
  expect(new Set(ports).size).toBe(ports.length);
  const texts = ["compose.yaml", ...readdirSync(join(deploy, "env")).map((name) => join("env", name))].map((name) =>
    read(name),
  );
  for (const text of texts) expect(text).not.toMatch(/password[=:] *[a-z0-9]|:\/\/[^$@\s]+:[^$@\s{]+@/i);
});

it("has an environment for one service without containers", () => {
  expect(readConfig("orders", readEnv(read("env", "local.env")))).toMatchObject({ port: 8080, logLevel: "info" });
});
