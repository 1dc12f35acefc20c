import { createRpcServer } from "../../sdk/ts/src/rpc/index.ts";

// A server of ours that tells its parent where it is, and how much memory it has when it is asked.
const server = await createRpcServer({ name: "idle", routes: [] });
process.on("message", () => {
  globalThis.gc?.();
  process.send!({ bytes: process.memoryUsage.rss() });
});
process.on("disconnect", () => process.exit(0));
process.send!({ port: server.port });
