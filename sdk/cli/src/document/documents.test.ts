import { join } from "node:path";
import { Parser } from "@asyncapi/parser";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { createValidation } from "@concord/sdk";
import { beforeAll, describe, expect, it } from "vitest";
import { readSystem, type SystemContracts, toSystem } from "../system/system-contracts.ts";
import { createAsyncApi } from "./async-api.ts";
import { printDocuments } from "./docs.ts";
import { exampleOf } from "./example-of.ts";

const root = join(import.meta.dirname, "..", "..", "..", "..");
const slow = { timeout: 120_000 };

let system: SystemContracts;

beforeAll(async () => {
  const { registry } = await readSystem({ cwd: root });
  system = toSystem(registry, (name) => name.startsWith("shop."));
}, 120_000);

describe("the AsyncAPI document of a service", () => {
  it("is AsyncAPI 3.0 by the official parser, for each service of the shop", slow, async () => {
    const parser = new Parser();
    for (const service of system.services) {
      const { document, diagnostics } = await parser.parse(JSON.stringify(createAsyncApi(system, service)));
      expect(diagnostics.filter(({ severity }) => severity === 0)).toEqual([]);
      expect(document?.version()).toBe("3.0.0");
    }
    expect(system.services.length).toBeGreaterThanOrEqual(5);
  });

  it("is refused by that parser when it is broken", slow, async () => {
    const document = createAsyncApi(system, system.service("orders"));
    const { diagnostics } = await new Parser().parse(
      JSON.stringify({ ...document, operations: { x: { action: "emit" } } }),
    );
    expect(diagnostics.filter(({ severity }) => severity === 0).length).toBeGreaterThan(0);
  });

  it("says what the service sends and receives, with subjects, examples and both schemas", () => {
    const document = createAsyncApi(system, system.service("orders"));
    expect(document).toMatchObject({
      channels: {
        "shop.orders.v1.OrderCreated": { address: "evt.orders.{partition}.{key}.shop.orders.v1.OrderCreated" },
        "shop.payments.v1.ChargePayment": { address: "cmd.payments.{partition}.{key}.shop.payments.v1.ChargePayment" },
      },
      operations: {
        "send.shop.orders.v1.OrderCreated": { action: "send" },
        "send.shop.payments.v1.ChargePayment": { action: "send", summary: "Sends shop.payments.v1.ChargePayment." },
        "receive.shop.inventory.v1.StockReserved": { action: "receive" },
      },
      components: {
        messages: {
          "shop.orders.v1.OrderCreated": {
            payload: { $ref: "#/components/schemas/shop.orders.v1.OrderCreated" },
            examples: [{ payload: { orderId: "order-1" } }],
            "x-protobuf": { schema: expect.stringContaining("string order_id = 1;") },
          },
        },
        schemas: {
          "shop.orders.v1.OrderCreated": {
            properties: { orderId: { type: "string", pattern: "^[A-Za-z0-9_-]{1,64}$" } },
          },
        },
      },
    });
  });
});

describe("an example", () => {
  it("is what its contract allows, of each event and command of the shop", () => {
    const validate = createValidation();
    for (const { type, schema } of system.events) {
      const violations = validate(schema, fromJson(schema, exampleOf(schema) as JsonValue));
      expect(violations, type).toEqual([]);
    }
  });
});

describe("the page of events and services", () => {
  it("tells each event with its consumers, and needs nothing from anywhere", () => {
    const page = printDocuments(system).get("index.html")!;
    for (const { type } of system.events) expect(page).toContain(`<article id="${type}">`);
    for (const { name } of system.services) expect(page).toContain(`id="service-${name}"`);
    expect(page).not.toMatch(/<script|<link|https?:|src=|url\((?!#)/);
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, target]) => target);
    for (const target of targets) expect(page).toContain(`id="${target}"`);
  });

  it("draws an arrow from each sender to each event, and from each event to each consumer", () => {
    const page = printDocuments(system).get("index.html")!;
    const sent = system.services.flatMap((service) => system.publishedBy(service));
    const handled = system.events.flatMap(({ type }) => system.consumersOf(type));
    expect(page.match(/<path class="flow/g)).toHaveLength(sent.length + handled.length);
  });

  it("is the same each time", () => {
    expect([...printDocuments(system)]).toEqual([...printDocuments(system)]);
  });
});
