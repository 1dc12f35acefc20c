import { InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, it } from "vitest";
import { ConcordError } from "../core/error.ts";
import type { Log } from "../core/log.ts";
import { createValidation } from "../validation/validation.ts";
import { createRpcClient } from "./client.ts";
import { toConnectError } from "./error-code.ts";
import { rpcRoute } from "./router.ts";
import { createRpcServer, type RpcServerOptions } from "./server.ts";

const stock = { productId: "kb-1", name: "Keyboard", quantity: 12, reserved: 0 };

function serve(options: Partial<RpcServerOptions> = {}) {
  const implementation = {
    getStock: ({ productId }: { productId: string }) => {
      if (productId === "none") throw new ConcordError("not_found", "no product none");
      if (productId === "broken") throw new TypeError("password=hunter2");
      return { ...stock, productId };
    },
  };
  const routes = [rpcRoute(InventoryService, implementation)];
  return createRpcServer({ name: "inventory", routes, validate: createValidation(), ...options });
}

function post(url: string, body: string, contentType = "application/json") {
  return fetch(`${url}/shop.inventory.v1.InventoryService/GetStock`, {
    method: "POST",
    body,
    headers: { "content-type": contentType },
  });
}

it("answers a typed client", async () => {
  await using server = await serve();
  const inventory = createRpcClient(InventoryService, { url: server.url });
  expect(await inventory.getStock({ productId: "kb-1" })).toMatchObject({ quantity: 12 });
});

it("answers plain JSON, as curl sends it", async () => {
  await using server = await serve();
  const response = await post(server.url, '{"productId":"kb-1"}');
  expect([response.status, await response.json()]).toEqual([
    200,
    { productId: "kb-1", name: "Keyboard", quantity: 12 },
  ]);
});

it("gives a client our error codes", async () => {
  await using server = await serve();
  const inventory = createRpcClient(InventoryService, { url: server.url });
  const failed = inventory.getStock({ productId: "none" });
  await expect(failed).rejects.toMatchObject({ name: "ConcordError", code: "not_found", message: "no product none" });
});

it("refuses a request that breaks its contract, naming field and rule", async () => {
  await using server = await serve();
  const response = await post(server.url, '{"productId":"not allowed!"}');
  expect(response.status).toBe(400);
  const body = (await response.json()) as { code: string; message: string };
  expect(body).toMatchObject({
    code: "invalid_argument",
    message: expect.stringMatching(/^product_id: .*\[string\.pattern\]$/),
  });
  expect(body.message).not.toContain("not allowed!");
});

it.each(['{"productId":', "[]", '{"productId":7}'])("answers the body %s with 400 and no stack trace", async (body) => {
  await using server = await serve();
  const response = await post(server.url, body);
  const text = await response.text();
  expect(response.status).toBe(400);
  expect(text).toMatch(/invalid_argument/);
  expect(text).not.toMatch(/ {4}at |node_modules/);
});

it("tells a caller nothing of an unexpected failure, and the log its id (T28)", async () => {
  const lines: unknown[] = [];
  const log = { info: () => {}, error: (fields: unknown) => lines.push(fields) } as unknown as Log;
  await using server = await serve({ log });
  const response = await post(server.url, '{"productId":"broken"}');
  expect([response.status, await response.json()]).toEqual([500, { code: "internal", message: "internal error" }]);
  expect(lines).toMatchObject([{ rpc: "shop.inventory.v1.InventoryService/GetStock" }]);
});

it("answers an unimplemented method, an unknown path and a foreign content type properly", async () => {
  await using server = await serve();
  const put = await fetch(`${server.url}/shop.inventory.v1.InventoryService/PutProduct`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"productId":"a","name":"A","price":{"minorUnits":"1","currency":"USD"}}',
  });
  expect(put.status).toBe(501);
  expect((await fetch(`${server.url}/nothing`)).status).toBe(404);
  expect((await post(server.url, "x", "text/plain")).status).toBe(415);
});

it("refuses a message over its limit", async () => {
  await using server = await serve({ maxMessageBytes: 64 });
  const response = await post(server.url, JSON.stringify({ productId: "a".repeat(100) }));
  expect(await response.json()).toMatchObject({ code: "resource_exhausted" });
});

it("tells that it lives, and whether each dependency works", async () => {
  let healthy = false;
  await using server = await serve({
    health: async () => ({ ready: healthy, checks: { database: { healthy, detail: "sqlite" } } }),
  });
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
  const before = await fetch(`${server.url}/health/ready`);
  expect([before.status, await before.json()]).toMatchObject([
    503,
    { status: "not_ready", checks: { database: { healthy: false } } },
  ]);
  healthy = true;
  expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
});

it("names a port that is in use", async () => {
  await using server = await serve();
  await expect(serve({ port: server.port })).rejects.toMatchObject({
    code: "config",
    message: expect.stringContaining(`${server.port} is in use`),
  });
});

it("lets a call under way finish when it closes", async () => {
  const entered = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const implementation = {
    getStock: async () => {
      entered.resolve();
      await released.promise;
      return stock;
    },
  };
  const server = await createRpcServer({ name: "inventory", routes: [rpcRoute(InventoryService, implementation)] });
  const call = createRpcClient(InventoryService, { url: server.url }).getStock({ productId: "kb-1" });
  await entered.promise;
  const closed = server.close();
  released.resolve();
  expect(await call).toMatchObject({ quantity: 12 });
  await closed;
  await expect(fetch(server.url)).rejects.toThrow();
});

it("maps our codes by one table and keeps errors of RPC as they are", () => {
  expect(toConnectError(new ConcordError("transaction_conflict", "again")).code).toBe(Code.Aborted);
  expect(toConnectError(new ConcordError("lease_lost", "secret")).rawMessage).toBe("internal error");
  const own = new ConnectError("no", Code.OutOfRange);
  expect(toConnectError(own)).toBe(own);
});
