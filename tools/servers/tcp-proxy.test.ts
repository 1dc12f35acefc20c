import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

/** A proxy before a server that echoes. */
async function proxyBeforeEcho(): Promise<TcpProxy> {
  const echo = createServer((socket) => socket.on("error", () => {}).pipe(socket));
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  opened.push({ [Symbol.asyncDispose]: async () => void echo.close() });
  const proxy = await startTcpProxy({ port: (echo.address() as AddressInfo).port });
  opened.push(proxy);
  return proxy;
}

async function client(proxy: TcpProxy): Promise<Socket> {
  const socket = connect({ port: proxy.port, host: "127.0.0.1" });
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Resolves when a connection is gone, in order or by a reset. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.on("error", () => {}).once("close", () => resolve()));
}

async function echoed(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [chunk] = await once(socket, "data");
  return String(chunk);
}

it("forwards both ways", async () => {
  const socket = await client(await proxyBeforeEcho());
  expect(await echoed(socket, "hello")).toBe("hello");
});

it("names itself in a server's URL", async () => {
  const proxy = await proxyBeforeEcho();
  expect(proxy.through("nats://127.0.0.1:4222")).toBe(`nats://127.0.0.1:${proxy.port}`);
  expect(proxy.through("postgres://u:p@127.0.0.1:5432/db")).toBe(`postgres://u:p@127.0.0.1:${proxy.port}/db`);
});

it("breaks open connections when cut and accepts new ones", async () => {
  const proxy = await proxyBeforeEcho();
  const socket = await client(proxy);
  await echoed(socket, "x");
  const gone = closed(socket);
  proxy.cut();
  await gone;
  expect(await echoed(await client(proxy), "again")).toBe("again");
});

it("refuses connections until it heals", async () => {
  const proxy = await proxyBeforeEcho();
  proxy.refuse();
  const refused = connect({ port: proxy.port, host: "127.0.0.1" });
  await closed(refused);
  proxy.heal();
  expect(await echoed(await client(proxy), "x")).toBe("x");
});

it("holds bytes in a black hole and delivers them when it heals", async () => {
  const proxy = await proxyBeforeEcho();
  const socket = await client(proxy);
  await echoed(socket, "x");
  proxy.blackhole();
  const answer = echoed(socket, "late");
  const other = await client(proxy);
  expect(await Promise.race([answer, once(other, "data"), onceIdle()])).toBe("idle");
  proxy.heal();
  expect(await answer).toBe("late");
});

it("delivers late and in order", async () => {
  const proxy = await proxyBeforeEcho();
  const socket = await client(proxy);
  proxy.delay(30);
  const started = performance.now();
  expect(await echoed(socket, "x")).toBe("x");
  expect(performance.now() - started).toBeGreaterThanOrEqual(55);
});

/** Resolves after the loop has turned so often that bytes which could pass would have. */
async function onceIdle(): Promise<string> {
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
  return "idle";
}
