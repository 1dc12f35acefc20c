import { afterAll, beforeAll, describe } from "vitest";
import { findNatsServer } from "../../../../tools/servers/nats-binary.ts";
import { type NatsServer, startNatsServer } from "../../../../tools/servers/nats-server.ts";
import { transportCompliance } from "../testing/compliance/transport.ts";
import { connectNats } from "./connect-nats.ts";

for (const [version, atomicBatch] of [
  ["oldest", false],
  ["newest", true],
] as const) {
  const found = await findNatsServer(version);
  describe.skipIf(!found.available)(`on the ${version} nats-server`, () => {
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
}
