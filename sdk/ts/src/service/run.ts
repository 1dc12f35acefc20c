import { systemClock } from "../core/clock.ts";
import { ConcordError, isConcordError } from "../core/error.ts";
import { readConfig, type ServiceConfig } from "./config.ts";
import type { ServiceDefinition } from "./definition.ts";
import { createLogger } from "./logger.ts";
import { openDatabase, openStores } from "./open-database.ts";
import { startService } from "./start.ts";

/** Exit codes of a service: ended in order, failed, wrong configuration or contract. */
const exitCodes = { fine: 0, failed: 1, wrongUse: 2 } as const;

/** What a service's program can be told to do. */
const tasks = { serve, migrate } as const;

/** The arguments of a service's program. */
interface Command {
  readonly task: keyof typeof tasks;
  /** What `--codec` names, which stands above `CONCORD_WIRE_FORMAT`. */
  readonly codec: string | undefined;
}

/**
 * Runs a service as this process: without an argument until SIGTERM or SIGINT, then drains it (a second signal ends it at
 * once); with the argument `migrate` only until its database is up to date. `--codec NAME` is its wire format. Failures are one line on standard error,
 * without a stack.
 */
export async function runService(definition: ServiceDefinition, args: readonly string[]): Promise<void> {
  try {
    const { task, codec } = readCommand(args);
    const environment = codec === undefined ? process.env : { ...process.env, CONCORD_WIRE_FORMAT: codec };
    await tasks[task](definition, readConfig(definition.options.name, environment));
    process.exit(exitCodes.fine);
  } catch (error) {
    console.error(describe(definition.options.name, error));
    process.exit(isWrongUse(error) ? exitCodes.wrongUse : exitCodes.failed);
  }
}

function readCommand(args: readonly string[]): Command {
  const rest = [...args];
  const at = rest.indexOf("--codec");
  const [, codec] = at < 0 ? [] : rest.splice(at, 2);
  if (at >= 0 && codec === undefined) throw new ConcordError("config", "--codec needs the name of a wire format");
  return { task: readTask(rest), codec };
}

function readTask([task = "serve", ...rest]: readonly string[]): keyof typeof tasks {
  if (rest.length === 0 && Object.hasOwn(tasks, task)) return task as keyof typeof tasks;
  throw new ConcordError("config", `unknown argument ${rest[0] ?? task}; give none to serve, or migrate`);
}

async function serve(definition: ServiceDefinition, config: ServiceConfig): Promise<void> {
  const stopped = untilStopped();
  const service = await startService(definition, { config });
  const { log } = service;
  try {
    log.info({ signal: await Promise.race([stopped, service.failed]) }, "draining");
  } finally {
    await service.close();
  }
  log.info({}, "stopped");
}

/** Brings the service's tables and Concord's up to date: for deployments that migrate before they start replicas. */
async function migrate({ options }: ServiceDefinition, config: ServiceConfig): Promise<void> {
  if (options.stateless) throw new ConcordError("config", `service ${options.name} has no database to migrate`);
  const log = createLogger({ service: options.name, level: config.logLevel });
  const database = await openDatabase(options, config);
  try {
    await openStores(database, { folder: options.migrations, clock: systemClock, log, probe: undefined });
    log.info({}, "database is up to date");
  } finally {
    await database.close();
  }
}

function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(exitCodes.failed));
        resolve(signal);
      });
    }
  });
}

function isWrongUse(error: unknown): boolean {
  return isConcordError(error, "config") || isConcordError(error, "invalid_contract");
}

function describe(service: string, error: unknown): string {
  const { message } = error instanceof Error ? error : new Error("unknown failure");
  const code = isConcordError(error) ? ` (${error.code})` : "";
  return message
    .split("\n")
    .map((line) => `${service}: ${line}${code}`)
    .join("\n");
}
