import { OrderService } from "@concord/gen/shop/orders/v1/orders_pb.js";
import { expect, it } from "vitest";
import { compileLab } from "../../../../../tools/rpc-lab.ts";
import { rpcRoute } from "../router.ts";
import { createRpcServer } from "../server.ts";
import { createOpenApi } from "./open-api.ts";

type Document = {
  readonly paths: Record<string, Record<string, Record<string, unknown>>>;
  readonly components: { readonly schemas: Record<string, { readonly properties: Record<string, object> }> };
};

const orders = createOpenApi([OrderService], { title: "orders" }) as unknown as Document;

it("describes each path with its parameters, bodies and statuses", () => {
  expect(orders.paths["/orders/{order_id}"]!.get).toMatchObject({
    operationId: "OrderService_GetOrder",
    parameters: expect.arrayContaining([expect.objectContaining({ name: "order_id", in: "path", required: true })]),
    responses: { 200: expect.anything(), default: expect.anything() },
  });
  expect(orders.paths["/orders"]!.post).toMatchObject({
    requestBody: {
      content: { "application/json": { schema: { $ref: "#/components/schemas/shop.orders.v1.CreateOrderRequest" } } },
    },
    responses: { 201: expect.anything() },
  });
});

it("gives every operation an id of its own", () => {
  const ids = Object.values(orders.paths).flatMap((verbs) =>
    Object.values(verbs).map(({ operationId }) => operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
});

it("writes the rules of the contract, and 64-bit numbers and enums as REST writes them", () => {
  const { Order, CreateOrderRequest } = Object.fromEntries(
    Object.entries(orders.components.schemas).map(([name, schema]) => [name.split(".").at(-1), schema]),
  );
  expect(Order!.properties).toMatchObject({ status: { type: "string", enum: expect.arrayContaining(["CONFIRMED"]) } });
  expect(JSON.stringify(CreateOrderRequest)).toMatch(/"(minItems|minLength|pattern)"/);
  expect(orders.components.schemas["shop.common.v1.Money"]!.properties).toMatchObject({
    minor_units: { type: "string", format: "int64" },
  });
});

it("refers to nothing that it does not have", () => {
  const references = JSON.stringify(orders).matchAll(/"#\/components\/schemas\/(?<name>[^"]+)"/g);
  for (const { groups } of references) expect(Object.keys(orders.components.schemas)).toContain(groups!.name);
});

it("describes methods without a path by that of the Connect protocol, and keys where they count", () => {
  const { service } = compileLab();
  const { paths } = createOpenApi([service], { title: "lab" }) as unknown as Document;
  expect(paths["/lab.v1.LabService/Charge"]!.post).toMatchObject({
    parameters: [{ name: "Idempotency-Key", in: "header", required: true }],
  });
  expect(paths["/lab.v1.LabService/Count"]).toBeUndefined();
});

it("is served beside a page that reads it and loads nothing from elsewhere", async () => {
  await using server = await createRpcServer({ name: "orders", routes: [rpcRoute(OrderService, {})] });
  expect(await (await fetch(`${server.url}/openapi.json`)).json()).toEqual(orders);
  const page = await fetch(`${server.url}/docs`);
  expect(page.headers.get("content-type")).toContain("text/html");
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(await page.text()).not.toMatch(/(src|href)="?https?:/);
  await using silent = await createRpcServer({ name: "orders", routes: [rpcRoute(OrderService, {})], docs: false });
  expect((await fetch(`${silent.url}/docs`)).status).toBe(404);
});
