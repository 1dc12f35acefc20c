import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ServiceError } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exploreGrpc, type GrpcClient, type GrpcExplorer } from "../../tools/grpc-explorer.ts";
import { typeStart } from "./type-start.ts";

const packages = ["inventory", "notifications", "orders", "payments", "users"];
const runFile = promisify(execFile);
let shop: ReturnType<typeof typeStart>;
let url: string;
let explorer: GrpcExplorer;

beforeAll(async () => {
  shop = typeStart(["--port", "0"]);
  [, url = ""] = await shop.saw(/Shop {7}(http:\S+)/);
  explorer = exploreGrpc(url);
});
afterAll(async () => {
  explorer?.[Symbol.dispose]();
  shop.child.kill("SIGTERM");
  await shop.ended;
});

function call(client: GrpcClient, method: string, request: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    client[method]!(request, (error: ServiceError | null, answer: unknown) =>
      error ? reject(error) : resolve(answer),
    );
  });
}

describe("the running shop", () => {
  it("is listed by a client that knows nothing of it, as grpcurl does", async () => {
    const services = await explorer.services();
    for (const name of packages) {
      expect(services).toContainEqual(expect.stringMatching(new RegExp(`^shop\\.${name}\\.v1\\.\\w+Service$`)));
    }
  });

  it("is called by such a client, with what it was told by reflection alone", async () => {
    const orders = await explorer.client("shop.orders.v1.OrderService");
    const placed = { user_id: "user-123", items: [{ product_id: "prod-002", quantity: 1 }] };
    expect(await call(orders, "CreateOrder", placed)).toMatchObject({
      order: { user_id: "user-123", status: "ORDER_STATUS_PENDING", total: { minor_units: "2999", currency: "USD" } },
    });
    await expect(call(orders, "GetOrder", { order_id: "nothing-like-it" })).rejects.toMatchObject({ code: 5 });
    const health = await explorer.client("grpc.health.v1.Health");
    expect(await call(health, "Check", { service: "shop.orders.v1.OrderService" })).toEqual({ status: "SERVING" });
  });

  it.each(["connect", "grpc", "grpcweb"])(
    "is listed and called by buf curl over %s, by reflection alone",
    async (protocol) => {
      const curl = (...args: string[]) => runFile("node_modules/.bin/buf", ["curl", "--protocol", protocol, ...args]);
      const { stdout: methods } = await curl("--list-methods", url);
      for (const name of packages) expect(methods).toMatch(new RegExp(`^shop\\.${name}\\.v1\\.\\w+Service/\\w+$`, "m"));
      const stock = await curl("-d", '{"productId":"phone"}', `${url}/shop.inventory.v1.InventoryService/GetStock`);
      expect(JSON.parse(stock.stdout)).toMatchObject({ productId: "phone", price: { minorUnits: "29999" } });
      const unknown = curl("-d", '{"orderId":"nothing"}', `${url}/shop.orders.v1.OrderService/GetOrder`);
      await expect(unknown).rejects.toMatchObject({ stderr: expect.stringContaining('"code": "not_found"') });
    },
  );

  it.each(["--http2-prior-knowledge", "--http1.1"])(
    "answers curl %s by REST, Connect and an error with its fields",
    async (flag) => {
      const curl = async (...args: string[]) => {
        const json = ["-H", "content-type: application/json"];
        const { stdout } = await runFile("curl", ["-sS", flag, "-w", " %{http_code}", ...json, ...args]);
        const at = stdout.lastIndexOf(" ");
        return [Number(stdout.slice(at)), JSON.parse(stdout.slice(0, at))];
      };
      expect(await curl(`${url}/inventory/phone`)).toMatchObject([200, { product_id: "phone" }]);
      const stock = `${url}/shop.inventory.v1.InventoryService/GetStock`;
      expect(await curl(stock, "-d", '{"productId":"phone"}')).toMatchObject([200, { productId: "phone" }]);
      expect(await curl(`${url}/orders`, "-d", '{"user_id":"","items":[]}')).toMatchObject([
        400,
        { code: "invalid_argument", violations: [{ field: "user_id" }, { field: "items" }] },
      ]);
    },
  );
});
