import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { DescService } from "@bufbuild/protobuf";
import { InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { NotificationService } from "@concord/gen/shop/notifications/v1/notifications_pb.js";
import { OrderService } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { PaymentService } from "@concord/gen/shop/payments/v1/payments_pb.js";
import { UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import { createJwtAuthenticator } from "@concord/sdk/rpc";
import { findRuby, type Ruby } from "../../tools/ruby/find-ruby.ts";
import { freePorts } from "../../tools/servers/free-ports.ts";
import { startNatsCluster } from "../../tools/servers/nats-cluster.ts";
import { type NatsServer, startNatsServer } from "../../tools/servers/nats-server.ts";
import { startPostgres } from "../../tools/servers/postgres.ts";
import { type Front, startFront } from "./front.ts";
import { type MailCatcher, startMailCatcher } from "./mail-catcher.ts";
import { type ShopOptions, UsageError } from "./options.ts";
import { type ProcessPlan, planProcesses } from "./plan-processes.ts";
import { type ProcessOptions, type ShopProcess, startProcess } from "./processes.ts";
import { type IssuedTokens, issueTokens } from "./token-issuer.ts";

/** Every service of the shop with its proto service; the folder beside this one has its name. */
const members: Readonly<Record<string, DescService>> = {
  inventory: InventoryService,
  users: UserService,
  payments: PaymentService,
  notifications: NotificationService,
  orders: OrderService,
};

/** A shop that is open. */
export interface Shop extends AsyncDisposable {
  readonly front: Front;
  readonly mails: MailCatcher;
  readonly processes: readonly ShopProcess[];
  /** Version of the Ruby that a service runs in; undefined when all run in Node. */
  readonly rubyVersion: string | undefined;
  /** Tokens for those who call; undefined when calls need none. */
  readonly tokens: IssuedTokens | undefined;
  /** nats-servers that were started for the shop. */
  readonly brokers: readonly NatsServer[];
}

/** What {@link openShop} needs besides the user's wishes. */
export interface ShopSurroundings {
  readonly options: ShopOptions;
  /** Where databases and logs go. */
  readonly folder: string;
  /** Told when a service ends by itself. */
  readonly onCrash: (message: string) => void;
}

/**
 * Starts the front, the mail catcher, the servers and every service. They are closed in the opposite order, but for the
 * front, which takes no more calls then.
 * @throws {UsageError} when the port is taken, or a service is to run in Ruby and there is none.
 */
export async function openShop({ options, folder, onCrash }: ShopSurroundings): Promise<Shop> {
  await using stack = new AsyncDisposableStack();
  const ruby = options.polyglot ? await prepareRuby() : undefined;
  await mkdir(folder, { recursive: true });
  const names = Object.keys(members);
  const ports = await freePorts(names.length);
  const urls = Object.fromEntries(names.map((name, index) => [name, `http://127.0.0.1:${ports[index]}`]));
  const tokens = options.auth ? await issueTokens(join(folder, "tokens")) : undefined;
  // The first of all: a port that is taken is told before anything else has been started.
  const front = stack.use(await openFront(options, urls, tokens));
  const mails = stack.use(await startMailCatcher());
  const broker = options.transport === "nats" ? await openBroker(options, stack) : undefined;
  const databases = options.database === "postgres" ? await openDatabases(names, stack) : {};
  const environment = {
    SMTP_URL: mails.url,
    INVENTORY_URL: urls.inventory ?? "",
    ORDERS_URL: urls.orders ?? "",
    USERS_URL: urls.users ?? "",
    CONCORD_DATA_DIR: folder,
  };
  const places = { names, urls, broker: broker?.url, databases, ruby, tokens: tokens?.environment ?? {} };
  const processes = await startProcesses(planProcesses(places), { environment, logFolder: folder, onCrash }, stack);
  const open = stack.move();
  return {
    front,
    mails,
    processes,
    rubyVersion: ruby?.version,
    tokens,
    brokers: broker?.servers ?? [],
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]();
      await open.disposeAsync();
    },
  };
}

/** It asks for tokens too: services in Ruby check none themselves. */
async function openFront({ port }: ShopOptions, urls: Readonly<Record<string, string>>, tokens?: IssuedTokens) {
  const backends = Object.entries(members).map(([name, service]) => ({ name, service, url: urls[name] ?? "" }));
  const authenticate = tokens && (await createJwtAuthenticator(tokens.check));
  return startFront({ backends, port, authenticate });
}

/** Starts all at once, and sees to it that they are ended at once. */
async function startProcesses(
  plans: readonly ProcessPlan[],
  { environment, ...common }: Pick<ProcessOptions, "environment" | "logFolder" | "onCrash">,
  stack: AsyncDisposableStack,
): Promise<readonly ShopProcess[]> {
  const starting = plans.map(({ variables, ...plan }) =>
    startProcess({ ...plan, ...common, environment: { ...environment, ...variables } }),
  );
  stack.defer(async () => {
    const started = await Promise.allSettled(starting);
    await Promise.all(started.map((start) => start.status === "fulfilled" && start.value.stop()));
  });
  return Promise.all(starting);
}

interface Broker {
  readonly url: string;
  /** Those that were started for the shop. */
  readonly servers: readonly NatsServer[];
}

/** The broker of `CONCORD_TRANSPORT`, else one started for the shop. */
async function openBroker({ servers }: ShopOptions, stack: AsyncDisposableStack): Promise<Broker> {
  const given = process.env.CONCORD_TRANSPORT;
  if (given) return { url: given, servers: [] };
  if (servers === 3) {
    const cluster = stack.use(await startNatsCluster());
    return { url: cluster.urls.join(","), servers: cluster.servers };
  }
  const server = stack.use(await startNatsServer());
  return { url: server.url, servers: [server] };
}

/** A PostgreSQL server with a database for each service. */
async function openDatabases(
  names: readonly string[],
  stack: AsyncDisposableStack,
): Promise<Readonly<Record<string, string>>> {
  const server = stack.use(await startPostgres());
  const urls = await Promise.all(names.map(async (name) => [name, await server.createDatabase(name)] as const));
  return Object.fromEntries(urls);
}

async function prepareRuby(): Promise<Ruby> {
  // As the starter does: progress is no part of the story.
  const onInstall = () =>
    console.error("concord: installing the Ruby gems into .cache/ruby (once, a minute or more) …");
  const found = await findRuby({ onInstall });
  if (found.available) return found;
  throw new UsageError(`--polyglot: ${found.why} Or start without --polyglot: all services are in TypeScript then.`);
}
