import { ConcordError } from "../core/error.ts";
import { checkNamespace } from "../core/subject.ts";
import { type WireFormat, wireFormats } from "../core/wire/wire-format.ts";

/** The wire of systems that Concord did not make, which a service joins with its topics, see `ServiceOptions.natsPubsub`. */
export const foreignWire = "nats-pubsub";

/** Where a service finds its surroundings and how it behaves, read from `CONCORD_*` variables by `run()`. */
export interface ServiceConfig {
  /** `embedded:FILE` or `nats://HOST:PORT`, several separated by commas. Default `embedded:<dataFolder>/broker.db`. */
  readonly transport: string;
  /**
   * What events are written as: `envelope`, `cloudevents-json`, `cloudevents-binary`, `cloudevents-protobuf`, or `nats-pubsub`
   * for the topics that the service names. Default `envelope`.
   */
  readonly wireFormat: WireFormat | typeof foreignWire;
  /** File with NATS credentials (`.creds`). Default none. */
  readonly natsCredentials: string | undefined;
  /** `sqlite:FILE` or `postgres://…`. Default `sqlite:<dataFolder>/<service>.db`. */
  readonly databaseUrl: string;
  /** Folder of the default files. Default `.data`. */
  readonly dataFolder: string;
  /** Keeps systems on one broker apart. Default none. */
  readonly namespace: string | undefined;
  /** Default 127.0.0.1. */
  readonly host: string;
  /** Port of RPC and health. Default 8080. */
  readonly port: number;
  /** Origins of web pages that may call, such as `https://shop.example`; `*`: all. Default none. */
  readonly corsOrigins: readonly string[];
  /** Keys that callers' tokens are checked by, a file or address of a JSON Web Key Set. Default none: calls need no token. */
  readonly authJwks: string | undefined;
  /** The issuer of the tokens; needed with keys. */
  readonly authIssuer: string | undefined;
  /** The audience that tokens for this service name. Default: the service's name. */
  readonly authAudience: string;
  /** `debug`, `info`, `warn`, `error` or `silent`. Default `info`. */
  readonly logLevel: string;
  /** Events handled at once. Default 16. */
  readonly concurrency: number;
  /** Most events that share a transaction; 1: none does. Default: what the service's `batch` option says, else 1. */
  readonly batchEvents: number | undefined;
  /** Time that the first event of a batch waits for more, in milliseconds. Default: as above, else 0. */
  readonly batchWaitMs: number | undefined;
  /** Waits longer than this are kept in the database, in milliseconds. Default 1,000. */
  readonly parkAfterMs: number;
  /** Days that the inbox remembers events. Default: as long as the longest stream that the service reads, at least 7. */
  readonly inboxDays: number | undefined;
  /** Time without a heartbeat after which others take a replica's partitions, in milliseconds. Default 10,000. */
  readonly leaseMs: number;
  /** Time that work under way gets to finish at the end, in milliseconds. Default 30,000, as a handler's. */
  readonly drainTimeoutMs: number;
}

/** One documented variable. */
interface Variable<Value> {
  readonly name: string;
  readonly parse: (text: string) => Value;
}

const variables = {
  transport: text("CONCORD_TRANSPORT", /^(embedded:.+|(nats|tls|wss?):\/\/.+)$/, "embedded:FILE or nats://HOST:PORT"),
  wireFormat: { name: "CONCORD_WIRE_FORMAT", parse: toWireFormat },
  natsCredentials: text("CONCORD_NATS_CREDENTIALS", /./, "a file"),
  databaseUrl: text("CONCORD_DATABASE_URL", /^(sqlite:.+|postgres(ql)?:\/\/.+)$/, "sqlite:FILE or postgres://…"),
  dataFolder: text("CONCORD_DATA_DIR", /./, "a folder"),
  namespace: { name: "CONCORD_NAMESPACE", parse: checkNamespace },
  host: text("CONCORD_HOST", /./, "an address"),
  port: integer("CONCORD_PORT", 0, 65_535),
  corsOrigins: { name: "CONCORD_CORS_ORIGINS", parse: (value: string) => value.split(",").map((each) => each.trim()) },
  authJwks: text("CONCORD_AUTH_JWKS", /./, "a file or an https: address"),
  authIssuer: text("CONCORD_AUTH_ISSUER", /./, "the issuer that tokens name"),
  authAudience: text("CONCORD_AUTH_AUDIENCE", /./, "the audience that tokens name"),
  logLevel: text("CONCORD_LOG_LEVEL", /^(debug|info|warn|error|silent)$/, "debug, info, warn, error or silent"),
  concurrency: integer("CONCORD_CONCURRENCY", 1, 10_000),
  batchEvents: integer("CONCORD_BATCH_EVENTS", 1, 1_000),
  batchWaitMs: integer("CONCORD_BATCH_WAIT_MS", 0, 1_000),
  parkAfterMs: integer("CONCORD_PARK_AFTER_MS", 0, 3_600_000),
  inboxDays: integer("CONCORD_INBOX_DAYS", 1, 3_650),
  leaseMs: integer("CONCORD_LEASE_MS", 100, 3_600_000),
  drainTimeoutMs: integer("CONCORD_DRAIN_TIMEOUT_MS", 0, 3_600_000),
} satisfies { [Name in keyof ServiceConfig]: Variable<unknown> };

/** The names of all variables that {@link readConfig} knows. */
export const configVariables: readonly string[] = Object.values(variables).map(({ name }) => name);

/** Variables of our own tests and tools, which a service overlooks. */
const foreignPrefixes = ["CONCORD_TEST_", "CONCORD_SHOP_"];

/**
 * Reads a service's configuration and fills in the defaults.
 * @throws {ConcordError} `config` naming every unknown variable and every value that does not fit, all at once.
 */
export function readConfig(service: string, environment: Readonly<Record<string, string | undefined>>): ServiceConfig {
  const faults = findUnknown(environment);
  const given: Record<string, unknown> = {};
  for (const [field, { name, parse }] of Object.entries(variables)) {
    const value = environment[name];
    if (value === undefined || value === "") continue;
    try {
      given[field] = parse(value);
    } catch (error) {
      faults.push(`${name}: ${(error as Error).message}`);
    }
  }
  if (faults.length > 0) throw new ConcordError("config", faults.join("\n"), { details: { faults } });
  return withDefaults(service, given);
}

/** Fills what is not given with the documented defaults. */
export function withDefaults(service: string, given: Partial<ServiceConfig>): ServiceConfig {
  const dataFolder = given.dataFolder ?? ".data";
  return {
    transport: `embedded:${dataFolder}/broker.db`,
    wireFormat: "envelope",
    natsCredentials: undefined,
    databaseUrl: `sqlite:${dataFolder}/${service}.db`,
    namespace: undefined,
    host: "127.0.0.1",
    port: 8080,
    corsOrigins: [],
    authJwks: undefined,
    authIssuer: undefined,
    authAudience: service,
    logLevel: "info",
    concurrency: 16,
    batchEvents: undefined,
    batchWaitMs: undefined,
    parkAfterMs: 1_000,
    inboxDays: undefined,
    leaseMs: 10_000,
    drainTimeoutMs: 30_000,
    ...given,
    dataFolder,
  };
}

function findUnknown(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith("CONCORD_") && !configVariables.includes(name))
    .filter((name) => !foreignPrefixes.some((prefix) => name.startsWith(prefix)))
    .map((name) => `${name}: no such variable; there are ${configVariables.join(", ")}`);
}

function text(name: string, pattern: RegExp, expected: string): Variable<string> {
  const parse = (value: string) => {
    if (pattern.test(value)) return value;
    throw new ConcordError("config", `does not read; give ${expected}`);
  };
  return { name, parse };
}

function integer(name: string, min: number, max: number): Variable<number> {
  const parse = (value: string) => {
    const number = Number(value);
    if (/^[0-9]+$/.test(value) && number >= min && number <= max) return number;
    throw new ConcordError("config", `is no whole number from ${min} to ${max}`);
  };
  return { name, parse };
}

function toWireFormat(value: string): WireFormat | typeof foreignWire {
  if (value === foreignWire || Object.hasOwn(wireFormats, value)) return value as WireFormat;
  throw new ConcordError("config", `does not read; give ${[...Object.keys(wireFormats), foreignWire].join(", ")}`);
}
