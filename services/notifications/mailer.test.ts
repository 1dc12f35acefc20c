import { createServer, type Socket } from "node:net";
import { expect, it } from "vitest";
import { createSmtpMailer } from "./mailer.ts";

/** A mail server of the fewest words; counts connections and notes the message ids of what it took. */
async function openMailServer() {
  const sockets: Socket[] = [];
  const taken: string[] = [];
  let refusals = 0;
  const server = createServer((socket) => {
    sockets.push(socket);
    let mail: string | undefined;
    socket.write("220 ready\r\n");
    socket.on("error", () => {});
    socket.on("data", (data) => {
      const text = String(data);
      if (mail === undefined && /^DATA/i.test(text)) {
        mail = "";
        socket.write("354 go on\r\n");
        return;
      }
      if (mail === undefined) return void socket.write(/^QUIT/i.test(text) ? "221 bye\r\n" : "250 fine\r\n");
      mail += text;
      if (!mail.endsWith("\r\n.\r\n")) return;
      const id = /^message-id: (.*)$/im.exec(mail)?.[1] ?? "";
      mail = undefined;
      if (refusals-- > 0) return void socket.write("451 later\r\n");
      taken.push(id);
      socket.write("250 taken\r\n");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `smtp://127.0.0.1:${port}`,
    sockets,
    taken,
    refuse: (count: number) => {
      refusals = count;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function letter(idempotencyKey: string) {
  const { signal } = new AbortController();
  return { template: "order-status", to: "ada@example.com", subject: "s", text: "t", idempotencyKey, signal } as const;
}

it("sends mail after mail over one connection, and opens another when that is gone", async () => {
  await using server = await openMailServer();
  const send = createSmtpMailer(() => server.url);
  await send(letter("event-1"));
  await send(letter("event-2"));
  expect([server.taken.length, server.sockets.length]).toEqual([2, 1]);
  const [first] = server.sockets;
  const closed = new Promise((resolve) => first?.once("close", resolve));
  first?.destroy();
  await closed;
  await expect.poll(() => send(letter("event-3")).then(() => server.sockets.length)).toBe(2);
});

it("gives a mail that is sent again the same message id, so that mail systems drop it", async () => {
  await using server = await openMailServer();
  const send = createSmtpMailer(() => server.url);
  for (const key of ["event-1", "event-1", "event-2"]) await send(letter(key));
  const [first, again, other] = server.taken;
  expect(first).toMatch(/^<[0-9a-f]{32}@shop\.example\.com>$/);
  expect([again === first, other === first]).toEqual([true, false]);
});

it("says that the mail server did not take it, and goes on with the next one", async () => {
  await using server = await openMailServer();
  const send = createSmtpMailer(() => server.url);
  server.refuse(1);
  await expect(send(letter("event-1"))).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("event-1"),
  });
  await send(letter("event-1"));
  expect(server.taken).toHaveLength(1);
});
