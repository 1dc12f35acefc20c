import type { Meter } from "@opentelemetry/api";
import type { Clock } from "../core/clock.ts";
import type { EventContract } from "../core/contract/event-contract.ts";
import { ConcordError } from "../core/error.ts";
import type { Transport } from "../core/transport.ts";
import {
  type Authenticate,
  createJwtAuthenticator,
  createRpcServer,
  type RpcHost,
  type RpcListening,
  type RpcServer,
  type RpcServerOptions,
} from "../rpc/index.ts";
import { bindRpcs } from "./bind-rpc.ts";
import type { ServiceConfig } from "./config.ts";
import type { ServiceDefinition } from "./definition.ts";
import { type Engine, startEngine } from "./engine.ts";
import { observeService } from "./metrics.ts";
import { createOwnMeter } from "./own-meter.ts";
import { openParts, type ServiceParts } from "./parts.ts";
import { checkReadiness } from "./readiness.ts";
import type { RunningService, ServiceBacklog, StartOptions } from "./running-service.ts";
import { plantSeed } from "./seed.ts";

/** Starts a service: database and migrations, port, then the broker in the background, so that health tells of it. */
export async function startService(definition: ServiceDefinition, options: StartOptions = {}): Promise<RunningService> {
  await using opening = new AsyncDisposableStack();
  const parts = await openParts(definition, options, opening);
  const { name, config, storage, log } = parts;
  await plantSeed(definition.options, parts);

  let engine: Engine | undefined;
  let closing: Promise<void> | undefined;
  const health = () => checkReadiness({ storage, engine, relay: parts.link.relay, draining: closing !== undefined });
  const metrics = options.meter ? undefined : opening.adopt(await createOwnMeter(), (opened) => opened.close());
  const meter = options.meter ?? metrics?.meter;
  const pages = { health, info: () => describeService(parts), metrics: metrics?.text };
  const server = options.listen === false ? undefined : await openServer(parts, { ...pages, meter });
  if (server) opening.defer(() => server.close(0));
  engine = startEngine(parts, options.transport);
  opening.defer(observe(parts, engine, meter));
  const carried = server && engine.started.then(() => carryCalls(parts, server)).catch(() => undefined);
  if (options.transport) await engine.started;
  log.info(
    { url: server?.url, transport: options.transport?.name ?? config.transport.split(":", 1)[0] },
    "service started",
  );

  const opened = opening.move();
  const drain = async () => {
    await Promise.all([server?.close(config.drainTimeoutMs), endWithin(carried, config.drainTimeoutMs)]);
    await engine.close(config.drainTimeoutMs);
    await opened.disposeAsync();
  };
  const close = () => (closing ??= drain());
  return {
    name,
    log,
    url: server?.url,
    health,
    failed: engine.failed,
    backlog: () => countBacklog(parts, engine),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function observe({ name, storage, link }: ServiceParts, engine: Engine, meter: Meter | undefined): () => void {
  return observeService({ service: name, storage, relay: () => link.relay, consumer: () => engine.consumer, meter });
}

type ServerParts = Pick<RpcServerOptions, "health" | "info" | "metrics" | "meter">;

async function openServer(parts: ServiceParts, given: ServerParts): Promise<RpcServer> {
  const { definition, name, config, random, validate, log } = parts;
  const routes = bindRpcs(definition.rpcs, { ...parts, db: parts.storage?.database.db });
  const idempotency = parts.storage?.stores.idempotency;
  const cors = config.corsOrigins.length > 0 ? { origins: config.corsOrigins } : undefined;
  const listening = { port: config.port, host: config.host, cors };
  const authenticate = await openAuthenticator(config, parts.clock);
  return createRpcServer({ ...given, ...listening, name, routes, authenticate, validate, idempotency, log, random });
}

/** @throws {ConcordError} `config` for keys without an issuer: tokens of anybody who uses the same keys would do. */
async function openAuthenticator(config: ServiceConfig, clock: Clock): Promise<Authenticate | undefined> {
  const { authJwks: jwks, authIssuer: issuer, authAudience: audience } = config;
  if (jwks === undefined) return undefined;
  if (issuer !== undefined) return createJwtAuthenticator({ jwks, issuer, audience, clock });
  throw new ConcordError(
    "config",
    "CONCORD_AUTH_ISSUER: is needed with CONCORD_AUTH_JWKS; give the issuer of the tokens",
  );
}

/** Offers the methods over the broker too, where it carries calls. */
function carryCalls({ name, config, link }: ServiceParts, { router }: RpcServer): RpcListening | undefined {
  const host = link.transport as (Transport & Partial<RpcHost>) | undefined;
  return host?.serveRpc?.(router, { service: name, namespace: config.namespace });
}

/** Calls over the broker have no longer to end than those over HTTP; a broker that never came holds nothing up. */
async function endWithin(carried: Promise<RpcListening | undefined> | undefined, graceMs: number): Promise<void> {
  const listening = await Promise.race([carried, Promise.resolve(undefined)]);
  if (!listening) return;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), graceMs);
  const overdue = new Promise((resolve) => late.signal.addEventListener("abort", resolve, { once: true }));
  await Promise.race([listening.close(), overdue]);
  clearTimeout(timer);
}

/** What `/info` tells beside the name and the methods. */
function describeService({ contracts }: ServiceParts): object {
  const types = (events: readonly EventContract[]) => events.map(({ type }) => type);
  return { handles: types(contracts.handled), publishes: types(contracts.published) };
}

async function countBacklog({ storage }: ServiceParts, engine: Engine): Promise<ServiceBacklog> {
  const [rows, status] = await Promise.all([storage?.stores.outbox.status(), engine.consumer?.status()]);
  const unfinished = status?.streams.reduce((sum, stream) => sum + stream.unfinished, 0) ?? 0;
  return {
    outbox: rows?.waiting ?? 0,
    quarantined: rows?.quarantined ?? 0,
    events: unfinished + (status?.parked ?? 0) + (status?.running ?? 0),
    unread: Object.fromEntries(status?.streams.map(({ stream, unread }) => [stream, unread]) ?? []),
  };
}
