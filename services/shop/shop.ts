import { mkdir } from "node:fs/promises";
import type { DescService } from "@bufbuild/protobuf";
import { InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { NotificationService } from "@concord/gen/shop/notifications/v1/notifications_pb.js";
import { OrderService } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { PaymentService } from "@concord/gen/shop/payments/v1/payments_pb.js";
import { freePorts } from "../../tools/servers/free-ports.ts";
import { startNatsCluster } from "../../tools/servers/nats-cluster.ts";
import { startNatsServer } from "../../tools/servers/nats-server.ts";
import { startPostgres } from "../../tools/servers/postgres.ts";
import { type Front, startFront } from "./front.ts";
import { type MailCatcher, startMailCatcher } from "./mail-catcher.ts";
import type { ShopOptions } from "./options.ts";
import { type ShopProcess, startProcess } from "./processes.ts";

/** Every service of the shop with its proto service; the folder beside this one has its name. */
const members: Readonly<Record<string, DescService>> = {
  inventory: InventoryService,
  payments: PaymentService,
  notifications: NotificationService,
  orders: OrderService,
};

/** A shop that is open. */
export interface Shop extends AsyncDisposable {
  readonly front: Front;
  readonly mails: MailCatcher;
  readonly processes: readonly ShopProcess[];
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

/** Starts the mail catcher, the servers, every service and the front, and closes them in the opposite order. */
export async function openShop({ options, folder, onCrash }: ShopSurroundings): Promise<Shop> {
  await using stack = new AsyncDisposableStack();
  await mkdir(folder, { recursive: true });
  const mails = stack.use(await startMailCatcher());
  const names = Object.keys(members);
  const ports = await freePorts(names.length);
  const urls = Object.fromEntries(names.map((name, index) => [name, `http://127.0.0.1:${ports[index]}`]));
  const broker = options.transport === "nats" ? await openBroker(options, stack) : undefined;
  const databases = options.database === "postgres" ? await openDatabases(names, stack) : {};
  const environment = { SMTP_URL: mails.url, INVENTORY_URL: urls.inventory ?? "", CONCORD_DATA_DIR: folder };
  const plans = planProcesses({ names, urls, broker: broker?.url, databases });
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
  const rpc = Object.fromEntries(names.map((name) => [members[name]?.typeName ?? "", urls[name] ?? ""]));
  const front = stack.use(await startFront({ rpc, services: urls, port: options.port }));
  const open = stack.move();
  return { front, mails, processes, monitorUrl: broker?.monitorUrl, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

interface ProcessPlan {
  readonly name: string;
  readonly program: URL;
  readonly variables: Readonly<Record<string, string>>;
  readonly urls: readonly string[];
}

/** One process for all services on the embedded broker, which belongs to one process; else one for each. */
function planProcesses({
  names,
  urls,
  broker,
  databases,
}: {
  names: readonly string[];
  urls: Readonly<Record<string, string>>;
  broker: string | undefined;
  databases: Readonly<Record<string, string>>;
}): readonly ProcessPlan[] {
  const portOf = (name: string) => new URL(urls[name] ?? "").port;
  if (broker === undefined) {
    const places = names.map((name) => [name, { port: Number(portOf(name)), databaseUrl: databases[name] }]);
    const variables = { CONCORD_SHOP_PLACES: JSON.stringify(Object.fromEntries(places)) };
    return [{ name: "shop", program: new URL("./together.ts", import.meta.url), variables, urls: Object.values(urls) }];
  }
  return names.map((name) => {
    const database = databases[name];
    const variables = {
      CONCORD_TRANSPORT: broker,
      CONCORD_PORT: portOf(name),
      ...(database ? { CONCORD_DATABASE_URL: database } : {}),
    };
    return { name, program: new URL(`../${name}/service.ts`, import.meta.url), variables, urls: [urls[name] ?? ""] };
  });
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
