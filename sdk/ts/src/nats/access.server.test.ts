import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { findNatsServer } from "../../../../tools/servers/nats-binary.ts";
import { type NatsServer, startNatsServer } from "../../../../tools/servers/nats-server.ts";
import { silentLog } from "../core/log.ts";
import type { StreamSpec, Transport } from "../core/transport.ts";
import { connectNats } from "./connect-nats.ts";

const orders: StreamSpec = {
  name: "evt-orders",
  subjects: ["evt.orders.>"],
  partitions: 8,
  retentionMs: 3_600_000,
  dedupeWindowMs: 120_000,
};

const message = {
  stream: orders.name,
  subject: "evt.orders.0.k.shop.A",
  messageId: "/shop/orders/1",
  headers: {},
  body: new Uint8Array(),
};

/** May publish one type, look at one stream and make no durable; may subscribe only below its own inbox. */
const narrow = `{
  publish: ["evt.orders.*.*.shop.B", "$JS.API.STREAM.INFO.evt-orders", "$JS.API.CONSUMER.CREATE.evt-orders.>"]
  subscribe: ["_narrow.>"]
}`;

const config = `
accounts {
  EVENTS {
    jetstream: enabled
    users: [
      { user: "admin", password: "s3cret:@/" }
      { user: "narrow", password: "n", permissions: ${narrow} }
    ]
  }
  PLAIN { users: [{ user: "plain", password: "p" }] }
}`;

for (const version of ["oldest", "newest"] as const) {
  const found = await findNatsServer(version);
  describe.skipIf(!found.available)(`access to the ${version} nats-server`, () => {
    let server: NatsServer;
    const connect = (user: string, password: string, inboxPrefix?: string) =>
      connectNats({ servers: server.url, credentials: { user, password }, inboxPrefix });
    const end = (request: Promise<unknown>) => request.catch((thrown: unknown) => thrown);
    beforeAll(async () => {
      server = await startNatsServer({ version, config });
      await using admin = await connect("admin", "s3cret:@/");
      await admin.provision([orders]);
    });
    afterAll(() => server?.stop());

    it("takes user and password from the address, and keeps them out of what it tells", async () => {
      const address = server.url.replace("://", "://admin:s3cret%3A%40%2F@");
      await using transport = await connectNats({ servers: address });
      expect(await transport.streamState(orders.name)).toMatchObject({ name: orders.name });
      expect(transport.health().detail).not.toContain("s3cret");
    });

    it.each([
      ["a wrong password", { user: "admin", password: "wrong" }],
      ["a token where none is known", { token: "wrong" }],
      ["no credentials", undefined],
    ])("refuses %s at once, with the way out", async (_, credentials) => {
      const start = performance.now();
      const refusal = await end(connectNats({ servers: server.url, credentials, connectTimeoutMs: 60_000 }));
      expect(refusal).toMatchObject({ code: "unauthenticated", message: expect.stringContaining("check the user") });
      expect((refusal as Error).message).not.toContain("wrong");
      expect(performance.now() - start).toBeLessThan(5_000);
    });

    it("names the credentials file that cannot be read", async () => {
      const refusal = await end(connectNats({ servers: server.url, credentials: { credsFile: "no-such.creds" } }));
      expect(refusal).toMatchObject({ code: "config", message: expect.stringContaining("no-such.creds") });
    });

    it("says how to enable JetStream where the account has none", async () => {
      const refusal = await end(connect("plain", "p"));
      expect(refusal).toMatchObject({
        code: "unsupported",
        message: expect.stringMatching(/start nats-server with -js/),
      });
    });

    describe("with narrow permissions", () => {
      let transport: Transport;
      beforeAll(async () => {
        transport = await connect("narrow", "n", "_narrow");
      });
      afterAll(() => transport?.close());
      const denied = (subject: string) => ({ code: "permission_denied", message: expect.stringContaining(subject) });

      it("does what is granted", async () => {
        expect(await transport.streamState(orders.name)).toMatchObject({ partitions: 8 });
        const granted = { ...message, subject: "evt.orders.0.k.shop.B" };
        expect(await transport.publish(granted)).toMatchObject({ stream: orders.name });
      });

      it("names the subject that must not be published to, and lets the others through", async () => {
        const others = Promise.all(
          [1, 2, 3].map((i) =>
            transport.publish({ ...message, subject: "evt.orders.0.k.shop.B", messageId: `/shop/orders/b${i}` }),
          ),
        );
        const start = performance.now();
        expect(await end(transport.publish(message))).toMatchObject(denied('publish to "evt.orders.0.k.shop.A"'));
        expect(performance.now() - start).toBeLessThan(1_000);
        await others;
      });

      it("names the request of the API that is not granted", async () => {
        const other = { ...orders, name: "evt-other", subjects: ["evt.other.>"] };
        expect(await end(transport.provision([other]))).toMatchObject(denied("$JS.API.STREAM.INFO.evt-other"));
        expect(await end(transport.get(orders.name, 1n))).toMatchObject(denied("$JS.API.STREAM.MSG.GET.evt-orders"));
      });

      it("names what a reader may not ask for, instead of waiting for ever", async () => {
        const signal = new AbortController().signal;
        const reading = transport.read({ stream: orders.name, filter: ">", after: 0n, signal })[Symbol.asyncIterator]();
        expect(await end(reading.next())).toMatchObject(denied("$JS.API.CONSUMER.MSG.NEXT.evt-orders"));
      });
    });

    it("names the inbox that must not be subscribed to", async () => {
      await using transport = await connect("narrow", "n");
      const granted = { ...message, subject: "evt.orders.0.k.shop.B" };
      const refusal = await end(transport.publish(granted));
      expect(refusal).toMatchObject({
        code: "permission_denied",
        message: expect.stringMatching(/subscribe to "_INBOX\./),
      });
      expect(await end(transport.publish(granted))).toMatchObject({ code: "permission_denied" });
    });
  });
}

const newest = await findNatsServer("newest");
describe.skipIf(!newest.available)("a server without JetStream", () => {
  it("is refused with one sentence that says how to enable it", async () => {
    await using server = await startNatsServer({ config: "jetstream: disabled" });
    await expect(connectNats({ servers: server.url })).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringMatching(/JetStream is not enabled; start nats-server with -js/),
    });
  });
});

describe.skipIf(!newest.available)("credentials that are withdrawn", () => {
  it("show in the health and in one line, and the service comes back when they hold again", async () => {
    const users = (password: string) => `authorization { users: [{ user: "ada", password: "${password}" }] }`;
    const first = await startNatsServer({ config: users("old") });
    const { port, url } = first;
    const lines: string[] = [];
    const warn = (_: unknown, text: string) => void lines.push(text);
    const credentials = { user: "ada", password: "old" };
    await using transport = await connectNats({ servers: url, credentials, log: { ...silentLog, warn } });
    await first.stop();
    const other = await startNatsServer({ port, config: users("new") });
    await until(() => /Authorization Violation; check the user/.test(transport.health().detail));
    await delay(1_000);
    await other.stop();
    await using _third = await startNatsServer({ port, config: users("old") });
    await until(() => transport.health().healthy);
    expect(lines.filter((line) => line.includes("Authorization"))).toHaveLength(1);
  });
});

describe.skipIf(!newest.available || !hasOpenssl())("an encrypted connection", () => {
  it("is made when the authority is named, and refused with the way out when it is not", async () => {
    const folder = await mkdtemp(join(tmpdir(), "concord-tls-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const [keyFile, caFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", keyFile];
    execFileSync("openssl", ["req", "-x509", "-days", "1", ...key, "-out", caFile, ...name], { stdio: "ignore" });
    const config = `tls { cert_file: ${JSON.stringify(caFile)}, key_file: ${JSON.stringify(keyFile)} }`;
    await using server = await startNatsServer({ config });
    await using transport = await connectNats({ servers: server.url, tls: { caFile } });
    expect(transport.health().healthy).toBe(true);
    await expect(connectNats({ servers: server.url, connectTimeoutMs: 60_000 })).rejects.toMatchObject({
      code: "config",
      message: expect.stringMatching(/certificate.*; name the authority .* tls\.caFile/),
    });
  });
});

function hasOpenssl(): boolean {
  return spawnSync("openssl", ["version"]).status === 0;
}

async function until(is: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!is()) {
    if (performance.now() > giveUpAt) throw new Error("waited too long");
    await delay(10);
  }
}
