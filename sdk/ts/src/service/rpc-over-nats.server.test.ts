import { InventoryService } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { expect, it, vi } from "vitest";
import { findNatsServer } from "../../../../tools/servers/nats-binary.ts";
import { startNatsServer } from "../../../../tools/servers/nats-server.ts";
import { silentLog } from "../core/log.ts";
import { connectNats } from "../nats/index.ts";
import { createRpcClient } from "../rpc/index.ts";
import { createService } from "./service.ts";

const found = await findNatsServer("newest");

it.skipIf(!found.available)("answers one handler over HTTP and over NATS, until it has drained (C5, C6)", async () => {
  await using server = await startNatsServer();
  const service = createService({ name: "inventory" }).rpc(InventoryService, {
    getStock: ({ productId }) => ({ productId, quantity: 7 }),
  });
  const config = { transport: server.url, databaseUrl: "sqlite::memory:", port: 0, namespace: "lab" };
  const running = await service.start({ log: silentLog, config });
  await using nats = await connectNats({ servers: server.url });
  const overNats = createRpcClient(InventoryService, { nats, namespace: "lab", retry: false });
  const overHttp = createRpcClient(InventoryService, { url: running.url! });
  const asked = { productId: "kb-1" };
  const answer = await vi.waitFor(() => overNats.getStock(asked), { timeout: 10_000 });
  expect(answer).toEqual(await overHttp.getStock(asked));
  await running.close();
  await expect(overNats.getStock(asked, { timeoutMs: 1_000 })).rejects.toMatchObject({ code: "unavailable" });
});
