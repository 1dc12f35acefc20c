import { fork } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";

/** How a connection is opened and then left alone. */
export type IdleProtocol = "HTTP/1.1" | "HTTP/2";

const hello: Readonly<Record<IdleProtocol, string>> = {
  "HTTP/1.1": "GET /health HTTP/1.1\r\nhost: bench\r\n\r\n",
  // The preface and an empty SETTINGS frame (https://www.rfc-editor.org/rfc/rfc9113#section-3.4).
  "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000\u0000\u0004\u0000\u0000\u0000\u0000\u0000",
};
const atOnce = 200;
const program = fileURLToPath(new URL("./idle-server.ts", import.meta.url));

/** Opens so many connections to a server of ours in a process of its own, and gives the memory of each there, in bytes. */
export async function memoryOfIdle(protocol: IdleProtocol, count: number): Promise<number> {
  const server = fork(program, { execArgv: [...process.execArgv, "--expose-gc"] });
  const sockets: Socket[] = [];
  try {
    const [{ port }] = (await once(server, "message")) as [{ port: number }];
    // The first ones warm up what all share.
    sockets.push(...(await openIdle(protocol, port, atOnce)));
    const before = await askMemory(server);
    while (sockets.length < count + atOnce) sockets.push(...(await openIdle(protocol, port, atOnce)));
    return (await askMemory(server)) / count - before / count;
  } finally {
    for (const socket of sockets) socket.destroy();
    server.kill();
    await once(server, "exit");
  }
}

async function askMemory(server: ReturnType<typeof fork>): Promise<number> {
  server.send("memory");
  const [{ bytes }] = (await once(server, "message")) as [{ bytes: number }];
  return bytes;
}

function openIdle(protocol: IdleProtocol, port: number, count: number): Promise<Socket[]> {
  return Promise.all(Array.from({ length: count }, () => openOne(protocol, port)));
}

async function openOne(protocol: IdleProtocol, port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.write(Buffer.from(hello[protocol], "latin1"));
  await once(socket, "data");
  socket.on("error", () => {}).resume();
  return socket;
}
