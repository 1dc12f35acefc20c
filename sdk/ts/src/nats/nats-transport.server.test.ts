import { afterAll, beforeAll, describe } from "vitest";
import { type NatsServer, startNatsServer } from "../../../../tools/servers/nats-server.ts";
import { transportCompliance } from "../testing/compliance/transport.ts";
import { connectNats } from "./connect-nats.ts";

describe.each([
  ["oldest", false],
  ["newest", true],
] as const)("on the %s nats-server", (version, atomicBatch) => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer({ version });
  });
  afterAll(() => server?.stop());

  transportCompliance({
    name: `nats ${version}`,
    features: { atomicBatch, shared: true },
    open: () => connectNats({ servers: server.url }),
    reopen: async (transport) => {
      await transport.close();
      return connectNats({ servers: server.url });
    },
  });
});
