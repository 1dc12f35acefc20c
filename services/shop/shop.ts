import { mkdir } from "node:fs/promises";
import type { DescService } from "@bufbuild/protobuf";
import { InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { NotificationService } from "@concord/gen/shop/notifications/v1/notifications_pb.js";
import { OrderService } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { PaymentService } from "@concord/gen/shop/payments/v1/payments_pb.js";
import { freePorts } from "../../tools/servers/free-ports.ts";
import { startNatsServer } from "../../tools/servers/nats-server.ts";
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
}

/** What {@link openShop} needs besides the user's wishes. */
export interface ShopSurroundings {
  readonly options: ShopOptions;
  /** Where databases and logs go. */
  readonly folder: string;
  /** Told when a service ends by itself. */
  readonly onCrash: (message: string) => void;
}

/** Starts the mail catcher, the broker, every service and the front, and closes them in the opposite order. */
export async function openShop({ options, folder, onCrash }: ShopSurroundings): Promise<Shop> {
  await using stack = new AsyncDisposableStack();
  await mkdir(folder, { recursive: true });
  const mails = stack.use(await startMailCatcher());
  const names = Object.keys(members);
  const ports = await freePorts(names.length);
  const urls = Object.fromEntries(names.map((name, index) => [name, `http://127.0.0.1:${ports[index]}`]));
  const environment = { SMTP_URL: mails.url, INVENTORY_URL: urls.inventory ?? "", CONCORD_DATA_DIR: folder };
  const common = { logFolder: folder, onCrash };
  const start = async (process: Promise<ShopProcess>) => void stack.defer((await process).stop);

  if (options.transport === "embedded") {
    const program = new URL("./together.ts", import.meta.url);
    const shopPorts = JSON.stringify(Object.fromEntries(names.map((name, index) => [name, ports[index]])));
    const env = { ...environment, CONCORD_SHOP_PORTS: shopPorts };
    await start(startProcess({ ...common, name: "shop", program, environment: env, urls: Object.values(urls) }));
  } else {
    const broker = process.env.CONCORD_TRANSPORT ?? stack.use(await startNatsServer()).url;
    const each = names.map((name, index) => {
      const program = new URL(`../${name}/service.ts`, import.meta.url);
      const env = { ...environment, CONCORD_TRANSPORT: broker, CONCORD_PORT: String(ports[index]) };
      return start(startProcess({ ...common, name, program, environment: env, urls: [urls[name] ?? ""] }));
    });
    await Promise.all(each);
  }
  const rpc = Object.fromEntries(names.map((name) => [members[name]?.typeName ?? "", urls[name] ?? ""]));
  const front = stack.use(await startFront({ rpc, services: urls, port: options.port }));
  const open = stack.move();
  return { front, mails, [Symbol.asyncDispose]: () => open.disposeAsync() };
}
