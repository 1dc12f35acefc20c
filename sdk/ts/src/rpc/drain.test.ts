import type { HandlerContext } from "@connectrpc/connect";
import { expect, it } from "vitest";
import { playDrains } from "../../../../tools/rpc-drains.ts";
import { compileLab, type LabService } from "../../../../tools/rpc-lab.ts";
import { createRpcClient, type RpcClientOptions } from "./client.ts";
import { rpcRoute } from "./router.ts";
import { createRpcServer, type RpcServer } from "./server.ts";

const lab = compileLab();

const ways = [
  ["Connect, HTTP/1.1", { httpVersion: "1.1" }],
  ["Connect, HTTP/2", { httpVersion: "2" }],
  ["gRPC", { protocol: "grpc" }],
] as const satisfies readonly (readonly [string, Partial<RpcClientOptions<LabService>>])[];

/** A server whose calls hang until they are released, with one call under way. */
async function serveHanging(way: Partial<RpcClientOptions<LabService>>) {
  const entered = Promise.withResolvers<HandlerContext>();
  const released = Promise.withResolvers<void>();
  const hang = async (context: HandlerContext) => {
    entered.resolve(context);
    await released.promise;
    return { text: "done" };
  };
  const route = rpcRoute(lab.service, {
    say: (_, context) => hang(context),
    async *count(_, context) {
      yield { count: 1 };
      yield await hang(context);
    },
  });
  const server: RpcServer = await createRpcServer({ name: "lab", routes: [route] });
  const client = createRpcClient(lab.service, { url: server.url, timeoutMs: 20_000, ...way });
  return { server, client, entered: entered.promise, release: released.resolve };
}

it("drains under load without a failed call that may be repeated", { timeout: 60_000 }, async () => {
  expect(await playDrains(10)).toMatchObject({ drains: 10, failures: [] });
});

it.each(ways)("lets calls and streams under way finish, and takes no new ones (%s)", async (_, way) => {
  const { server, client, entered, release } = await serveHanging(way);
  const call = client.say({});
  const stream = client.count({})[Symbol.asyncIterator]();
  expect(await stream.next()).toMatchObject({ value: { count: 1 } });
  await entered;
  const closed = server.close();
  const late = createRpcClient(lab.service, { url: server.url, ...way, retry: false }).say({});
  await expect(late).rejects.toMatchObject({ code: "unavailable" });
  release();
  expect(await call).toMatchObject({ text: "done" });
  expect(await stream.next()).toMatchObject({ value: { text: "done" } });
  expect(await stream.next()).toMatchObject({ done: true });
  await closed;
});

it.each(ways)("ends what goes on beyond the grace period, with a status (%s)", async (_, way) => {
  const { server, client, entered } = await serveHanging(way);
  const call = client.say({});
  const stream = client.count({})[Symbol.asyncIterator]();
  await stream.next();
  const { signal } = await entered;
  const next = stream.next();
  const ended = Promise.all([
    expect(call).rejects.toMatchObject({ code: "unavailable", message: "the server is shutting down" }),
    expect(next).rejects.toMatchObject({ code: "unavailable", message: "the server is shutting down" }),
  ]);
  await server.close(30);
  await ended;
  expect(signal.aborted).toBe(true);
});

it("closes though peers keep connections open without a word", async () => {
  const { connect } = await import("node:net");
  const { connect: connectHttp2 } = await import("node:http2");
  const { server } = await serveHanging({});
  const silent = connect(server.port, "127.0.0.1");
  const session = connectHttp2(server.url);
  await Promise.all([silent, session].map((peer) => new Promise((resolve) => peer.once("connect", resolve))));
  await fetch(`${server.url}/health`);
  const started = performance.now();
  await server.close(5_000);
  expect(performance.now() - started).toBeLessThan(2_000);
  silent.destroy();
  session.destroy();
});
