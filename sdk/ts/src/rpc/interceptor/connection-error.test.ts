import { createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { expect, it } from "vitest";
import { compileLab } from "../../../../../tools/rpc-lab.ts";
import { createRpcClient } from "../client.ts";

const lab = compileLab();

/** A server whose connection breaks when it has begun to answer. */
async function serveBreaking() {
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    stream.on("error", () => {});
    stream.respond({ ":status": 200, "content-type": headers["content-type"] });
    stream.write(Buffer.from([0, 0]), () => {
      for (const socket of sockets) socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

it.each(["connect", "grpc"] as const)(
  "a connection of HTTP/2 that breaks amid an answer is unavailable, and not canceled by anybody (%s)",
  async (protocol) => {
    const server = await serveBreaking();
    const client = createRpcClient(lab.service, { url: server.url, protocol, httpVersion: "2", retry: false });
    await expect(client.say({})).rejects.toMatchObject({ code: "unavailable" });
    const left = client.say({}, { signal: AbortSignal.abort() });
    await expect(left).rejects.toMatchObject({ code: "canceled" });
    server.close();
  },
);
