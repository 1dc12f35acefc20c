import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { DescService } from "@bufbuild/protobuf";
import { InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { NotificationService } from "@concord/gen/shop/notifications/v1/notifications_pb.js";
import { OrderService } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { PaymentService } from "@concord/gen/shop/payments/v1/payments_pb.js";
import { UserService } from "@concord/gen/shop/users/v1/users_pb.js";
import { findRuby, type Ruby } from "../../tools/ruby/find-ruby.ts";
import { freePorts } from "../../tools/servers/free-ports.ts";
import { startNatsCluster } from "../../tools/servers/nats-cluster.ts";
import { startNatsServer } from "../../tools/servers/nats-server.ts";
import { startPostgres } from "../../tools/servers/postgres.ts";
import { type Front, startFront } from "./front.ts";
import { type MailCatcher, startMailCatcher } from "./mail-catcher.ts";
import { type ShopOptions, UsageError } from "./options.ts";
import { planProcesses } from "./plan-processes.ts";
import { type ShopProcess, startProcess } from "./processes.ts";
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
  /** Where the broker that was started for the shop shows what it does. */
  readonly monitorUrl: string | undefined;
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
 * Starts the mail catcher, the servers, every service and the front, and closes them in the opposite order.
 * @throws {UsageError} when a service is to run in Ruby and there is none.
 */
export async function openShop({ options, folder, onCrash }: ShopSurroundings): Promise<Shop> {
  await using stack = new AsyncDisposableStack();
  const ruby = options.polyglot ? await prepareRuby() : undefined;
  await mkdir(folder, { recursive: true });
  const mails = stack.use(await startMailCatcher());
  const names = Object.keys(members);
  const ports = await freePorts(names.length);
  const urls = Object.fromEntries(names.map((name, index) => [name, `http://127.0.0.1:${ports[index]}`]));
  const broker = options.transport === "nats" ? await openBroker(options, stack) : undefined;
  const databases = options.database === "postgres" ? await openDatabases(names, stack) : {};
  const tokens = options.auth ? await issueTokens(join(folder, "tokens")) : undefined;
  const environment = {
    ...tokens?.environment,
    SMTP_URL: mails.url,
    INVENTORY_URL: urls.inventory ?? "",
    ORDERS_URL: urls.orders ?? "",
    USERS_URL: urls.users ?? "",
    CONCORD_DATA_DIR: folder,
  };
  const plans = planProcesses({ names, urls, broker: broker?.url, databases, ruby });
  const starting = plans.map(async ({ variables, ...plan }) => {
    const process = await startProcess({
      ...plan,
      environment: { ...environment, ...variables },
      logFolder: folder,
      onCrash,
    });
    stack.defer(process.stop);
    return process;
  });
  const processes = await Promise.all(starting);
  const backends = Object.entries(members).map(([name, service]) => ({ name, service, url: urls[name] ?? "" }));
  const front = stack.use(await startFront({ backends, port: options.port }));
  const open = stack.move();
  return {
    front,
    mails,
    processes,
    rubyVersion: ruby?.version,
    tokens,
    monitorUrl: broker?.monitorUrl,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

interface Broker {
  readonly url: string;
  readonly monitorUrl: string | undefined;
}

/** The broker of `CONCORD_TRANSPORT`, else one started for the shop. */
async function openBroker({ servers }: ShopOptions, stack: AsyncDisposableStack): Promise<Broker> {
  const given = process.env.CONCORD_TRANSPORT;
  if (given) return { url: given, monitorUrl: undefined };
  if (servers === 1) return stack.use(await startNatsServer());
  const cluster = stack.use(await startNatsCluster());
  return { url: cluster.urls.join(","), monitorUrl: cluster.servers[0]?.monitorUrl };
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
