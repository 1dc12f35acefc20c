import { InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import type { RunningService } from "@concord/sdk";
import { connectNats } from "@concord/sdk/nats";
import { createRpcClient } from "@concord/sdk/rpc";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { inventory } from "../../../services/inventory/service.ts";
import { notifications } from "../../../services/notifications/service.ts";
import { orders } from "../../../services/orders/service.ts";
import { payments } from "../../../services/payments/service.ts";
import { users } from "../../../services/users/service.ts";
import { findNatsServer } from "../../../tools/servers/nats-binary.ts";
import { type NatsServer, startNatsServer } from "../../../tools/servers/nats-server.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

const slow = { timeout: 120_000 };
const nats = await findNatsServer("newest");
const services = [inventory, users, payments, notifications, orders] as const;
const type = "shop.orders.v1.OrderCreated";

/** What a service must not do: its name, publish or subscribe, and the subject. */
const forbidden: readonly (readonly [string, "publish" | "subscribe", string])[] = [
  // Events of others, in its own stream and in theirs.
  ["inventory", "publish", `evt.orders.0.k.${type}`],
  ["payments", "publish", "evt.orders.0.k.shop.orders.v1.OrderConfirmed"],
  ["notifications", "publish", "evt.users.0.k.shop.users.v1.UserCreated"],
  ["users", "publish", "evt.payments.0.k.shop.payments.v1.PaymentCaptured"],
  ["orders", "publish", "evt.orders.0.k.shop.payments.v1.PaymentCaptured"],
  ["orders", "publish", "evt.inventory.0.k.shop.inventory.v1.StockReserved"],
  ["orders", "publish", "other.evt.orders.0.k.shop.orders.v1.OrderCreated"],
  // Commands that it does not declare to send.
  ["inventory", "publish", "cmd.payments.0.k.shop.payments.v1.ChargePayment"],
  ["users", "publish", "cmd.payments.0.k.shop.payments.v1.RefundPayment"],
  ["notifications", "publish", "cmd.payments.0.k.shop.payments.v1.ChargePayment"],
  // Dead letters and redrives of others, and redrives at all.
  ["inventory", "publish", "dlq.orders.evt.inventory.0.k.x"],
  ["orders", "publish", "rdr.payments.evt.orders.0.k.x"],
  ["orders", "publish", "rdr.orders.evt.orders.0.k.x"],
  // Streams of others: to change, empty or remove them; its own too may not be removed.
  ["inventory", "publish", "$JS.API.STREAM.UPDATE.evt-orders"],
  ["payments", "publish", "$JS.API.STREAM.PURGE.evt-orders"],
  ["users", "publish", "$JS.API.STREAM.DELETE.evt-payments"],
  ["orders", "publish", "$JS.API.STREAM.DELETE.evt-orders"],
  ["orders", "publish", "$JS.API.STREAM.MSG.DELETE.evt-orders"],
  ["orders", "publish", "$JS.API.STREAM.CREATE.anything"],
  ["orders", "publish", "$JS.API.STREAM.LIST"],
  // Streams that it does not declare to read.
  ["inventory", "publish", "$JS.API.CONSUMER.CREATE.evt-users.spy.evt.users.>"],
  ["users", "publish", "$JS.API.CONSUMER.CREATE.evt-orders.spy.evt.orders.>"],
  ["users", "publish", "$JS.API.STREAM.MSG.GET.evt-orders"],
  ["inventory", "publish", "$JS.API.CONSUMER.CREATE.dlq-orders.spy.dlq.orders.>"],
  // Consumers of others on a stream that it does read.
  ["notifications", "publish", "$JS.API.CONSUMER.MSG.NEXT.evt-payments.orders-payments-0"],
  ["notifications", "publish", "$JS.API.CONSUMER.DELETE.evt-payments.orders-payments-0"],
  ["notifications", "publish", "$JS.ACK.evt-payments.orders-payments-0.1.1.1.1.0"],
  // What passes by: events on the wire, replies and calls to others.
  ["inventory", "subscribe", "evt.orders.>"],
  ["orders", "subscribe", "_INBOX.>"],
  ["orders", "subscribe", "_INBOX.payments.>"],
  ["inventory", "subscribe", "rpc.shop.orders.v1.OrderService.GetOrder"],
  // Calls of services that it does not declare to call, and answers in the name of others.
  ["inventory", "publish", "rpc.shop.users.v1.UserService.GetUser"],
  ["orders", "publish", "rpc.shop.payments.v1.PaymentService.RefundPayment"],
  ["users", "publish", "rpc.shop.users.v1.UserService.Deposit"],
  ["users", "publish", "_INBOX.orders.reply"],
  ["payments", "subscribe", "rpc.shop.users.v1.UserService.*"],
  ["users", "subscribe", ">"],
];

describe.skipIf(!nats.available)("services with the permissions of their contracts", () => {
  const opened = new AsyncDisposableStack();
  let workspace: Workspace;
  let server: NatsServer;
  const running = new Map<string, RunningService>();

  beforeAll(async () => {
    workspace = opened.use(openWorkspace());
    const { output } = await workspace.run(["permissions"]);
    const known = output.replaceAll(/\$[A-Z_]+_NATS_PASSWORD/g, '"p"');
    server = await startNatsServer({
      config: `accounts { SHOP { jetstream: enabled, users: [\n{ user: "admin", password: "p" }\n${known}] } }`,
    });
    opened.defer(() => server.stop());
    for (const service of services) {
      const transport = server.url.replace("://", `://${service.name}:p@`);
      const databaseUrl = `sqlite:${workspace.folder}/${service.name}.db`;
      const started = await service.start({ config: { transport, databaseUrl, port: 0, logLevel: "silent" } });
      running.set(service.name, opened.use(started));
    }
  }, 180_000);

  afterAll(() => opened.disposeAsync());

  test("all of the shop are ready: nothing that they need is refused", slow, async () => {
    for (const service of running.values()) {
      await vi.waitFor(async () => expect(await service.health()).toMatchObject({ ready: true }), { timeout: 30_000 });
    }
  });

  test("an event reaches its consumers, and what they publish reaches theirs", slow, async () => {
    const url = running.get("inventory")!.url!;
    const product = { productId: "p-1", name: "Pen", price: { minorUnits: "100", currency: "USD" }, onHand: 5 };
    await fetch(`${url}/shop.inventory.v1.InventoryService/PutProduct`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(product),
    });
    const settled = async () => {
      const backlogs = await Promise.all([...running.values()].map((service) => service.backlog()));
      expect(backlogs.map(({ outbox, quarantined }) => outbox + quarantined)).toEqual(backlogs.map(() => 0));
    };
    await vi.waitFor(settled, { timeout: 30_000 });
    const read = await connect({ servers: server.url, user: "admin", pass: "p" });
    const info = await read.request("$JS.API.STREAM.INFO.evt-inventory", "");
    await read.close();
    expect(info.json<{ state: { messages: number } }>().state.messages).toBeGreaterThan(0);
  });

  test("a service calls over NATS whom it declares to call, and nobody else", slow, async () => {
    const connectAs = (user: string) =>
      connectNats({ servers: server.url.replace("://", `://${user}:p@`), inboxPrefix: `_INBOX.${user}` });
    await using asOrders = await connectAs("orders");
    await using asUsers = await connectAs("users");
    const ask = (nats: typeof asOrders) =>
      createRpcClient(InventoryService, { nats, retry: false, timeoutMs: 2_000 }).getStock({ productId: "keyboard" });
    expect(await ask(asOrders)).toMatchObject({ productId: "keyboard", name: "Keyboard" });
    await expect(ask(asUsers)).rejects.toMatchObject({ code: "permission_denied" });
  });

  test.each([
    ["tail", ["tail", "shop.inventory.v1.ProductListed", "--no-follow"]],
    ["publish", ["publish", "shop.users.v1.UserCreated", '{"userId":"a","username":"a","email":"a@example.com"}']],
    ["replay", ["replay", "--for", "orders", "--from", "2026-01-01", "--run"]],
    ["redrive", ["dead-letters", "redrive", "notifications"]],
    ["list --live", ["list", "streams", "--live"]],
  ])("a service's user may not %s: the command says what it may not do, by exit code 3", slow, async (_, args) => {
    // The command asks below its own inbox; so the user of a service may not even hear answers.
    const transport = server.url.replace("://", "://users:p@");
    const { exitCode, output, errors } = await workspace.run([...args, "--transport", transport]);
    expect({ exitCode, output }, errors).toEqual({ exitCode: 3, output: "" });
    expect(errors).toMatch(/^concord: .*(may not|permission)[^\n]*\n$/i);
    expect(errors).not.toContain(":p@");
  });

  test("30 forbidden acts and more are each refused", slow, async () => {
    expect(forbidden.length).toBeGreaterThanOrEqual(30);
    const clients = new Map<string, NatsConnection>();
    const connectAs = async (user: string) =>
      clients.get(user) ??
      clients
        .set(user, await connect({ servers: server.url, user, pass: "p", inboxPrefix: `_INBOX.${user}` }))
        .get(user)!;
    for (const [user, act, subject] of forbidden) {
      expect(await isRefused(await connectAs(user), act, subject), `${user} may ${act} ${subject}`).toBe(true);
    }
    // That an allowed act is not refused shows that the question is asked right.
    expect(await isRefused(await connectAs("orders"), "publish", `evt.orders.0.k.${type}`)).toBe(false);
    expect(await isRefused(await connectAs("orders"), "subscribe", "_INBOX.orders.x")).toBe(false);
    await Promise.all([...clients.values()].map((client) => client.close()));
  });
});

/** The server answers in order: a refusal comes before the answer to the ping behind the act. */
async function isRefused(client: NatsConnection, act: "publish" | "subscribe", subject: string): Promise<boolean> {
  const refusal = Promise.withResolvers<true>();
  const statuses = client.status();
  void (async () => {
    for await (const status of statuses) {
      if (status.type === "error" && String(status.error).includes(subject)) refusal.resolve(true);
    }
  })();
  const ignored = act === "subscribe" ? client.subscribe(subject, { callback: () => {} }) : undefined;
  if (act === "publish") client.publish(subject, "");
  await client.flush();
  await client.flush();
  const refused = await Promise.race([
    refusal.promise,
    new Promise<false>((resolve) => setImmediate(() => resolve(false))),
  ]);
  ignored?.unsubscribe();
  return refused;
}
