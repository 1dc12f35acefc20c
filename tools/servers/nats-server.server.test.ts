import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { describe, expect, it, vi } from "vitest";
import { findNatsServer } from "./nats-binary.ts";
import { startNatsCluster } from "./nats-cluster.ts";
import { startNatsServer } from "./nats-server.ts";

const soon = { timeout: 20_000, interval: 50 };

async function addStream(client: NatsConnection, replicas = 1) {
  const manager = await jetstreamManager(client);
  return manager.streams.add({ name: "A", subjects: ["a.>"], num_replicas: replicas });
}

async function answers(monitorUrl: string): Promise<boolean> {
  return fetch(monitorUrl).then(
    () => true,
    () => false,
  );
}

for (const version of ["oldest", "newest"] as const) {
  const found = await findNatsServer(version);

  describe.skipIf(!found.available)(`the ${version} nats-server`, () => {
    it("serves JetStream as soon as it is returned", async () => {
      await using server = await startNatsServer({ version });
      await using client = await connect({ servers: server.url, reconnectTimeWait: 20 });
      await addStream(client);
      expect((await jetstream(client).publish("a.1", "x")).seq).toBe(1);
    });

    it("keeps its streams and its address over kill -9 and restart", async () => {
      await using server = await startNatsServer({ version });
      await using client = await connect({ servers: server.url, reconnectTimeWait: 20 });
      await addStream(client);
      await jetstream(client).publish("a.1", "x");
      const { pid, url } = server;
      await server.kill("SIGKILL");
      await server.restart();
      await using again = await connect({ servers: server.url, reconnectTimeWait: 20 });
      expect((await (await jetstreamManager(again)).streams.info("A")).state.messages).toBe(1);
      expect(server.url).toBe(url);
      expect(server.pid).not.toBe(pid);
    });

    it("takes further configuration", async () => {
      await using server = await startNatsServer({ version, config: "max_payload: 64KB" });
      await using client = await connect({ servers: server.url, reconnectTimeWait: 20 });
      expect(client.info?.max_payload).toBe(64 * 1024);
    });

    it("goes on serving a replicated stream when one of three servers is killed", async () => {
      await using cluster = await startNatsCluster(3, { version });
      await using client = await connect({ servers: [...cluster.urls] });
      await addStream(client, 3);
      await cluster.servers[0]?.kill("SIGKILL");
      await cluster.ready();
      const { seq } = await vi.waitFor(() => jetstream(client).publish("a.1", "x", { timeout: 300 }), soon);
      expect(seq).toBeGreaterThan(0);
    });
  });
}

const newest = await findNatsServer("newest");

describe.skipIf(!newest.available)("a server process", () => {
  it.each([
    ["while it runs", ""],
    ["after it was killed", "await server.kill('SIGKILL');"],
  ])("goes with the process that started it, and so does its folder, %s", async (_, before) => {
    const folder = await mkdtemp(join(tmpdir(), "concord-orphan-"));
    const program = `
      import { startNatsServer } from ${JSON.stringify(new URL("./nats-server.ts", import.meta.url).href)};
      const server = await startNatsServer();
      console.log(server.monitorUrl);
      ${before}
      console.log("ready");
      setInterval(() => {}, 1000);`;
    const starter = spawn(process.execPath, ["--input-type=module-typescript", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, TMPDIR: folder },
    });
    const lines = createInterface(starter.stdout)[Symbol.asyncIterator]();
    const monitorUrl = String((await lines.next()).value);
    await lines.next();
    expect(await answers(monitorUrl)).toBe(before === "");
    starter.kill("SIGKILL");
    await vi.waitFor(async () => expect(await readdir(folder)).toEqual([]), soon);
    expect(await answers(monitorUrl)).toBe(false);
    await rm(folder, { recursive: true });
  });

  it("tells its log when it does not start", async () => {
    await expect(startNatsServer({ config: "no_such_setting {" })).rejects.toThrow(/ended at once:\n.*Parse error/);
  });
});
