import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nkeys } from "@nats-io/nats-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { toAuthenticator } from "./credentials.ts";
import { resolveNatsOptions } from "./options.ts";

describe("the options", () => {
  it.each([
    ["nats://localhost", ["nats://localhost"], undefined],
    ["localhost:4333", ["nats://localhost:4333"], undefined],
    ["nats://a:1, tls://b:2", ["nats://a:1", "tls://b:2"], undefined],
    [["nats://u:p%40@a:1", "nats://b"], ["nats://a:1", "nats://b"], { user: "u", password: "p@" }],
    ["nats://t0ken@[::1]:4222", ["nats://[::1]:4222"], { token: "t0ken" }],
  ])("read the servers %j", (given, servers, credentials) => {
    expect(resolveNatsOptions({ servers: given })).toMatchObject({ servers, ...(credentials ? { credentials } : {}) });
  });

  it("prefer credentials that are given to those of the address", () => {
    const { credentials } = resolveNatsOptions({ servers: "nats://a:b@c", credentials: { token: "t" } });
    expect(credentials).toEqual({ token: "t" });
  });

  it("tell all their faults at once", () => {
    expect(() => resolveNatsOptions({ servers: " , ", connectTimeoutMs: 0, inboxPrefix: "a.*" })).toThrow(
      expect.objectContaining({
        code: "config",
        message: expect.stringMatching(/servers.*connectTimeoutMs.*inboxPrefix/),
      }),
    );
  });

  it("refuse what is no address, without repeating a password", () => {
    expect(() => resolveNatsOptions({ servers: "nats://u:s3cret@" })).toThrow(
      expect.objectContaining({ code: "config", message: expect.not.stringContaining("s3cret") }),
    );
  });
});

describe("credentials", () => {
  it("sign the server's nonce with an nkey", () => {
    const user = nkeys.createUser();
    const auth = toAuthenticator({ nkeySeed: new TextDecoder().decode(user.getSeed()) })("nonce");
    expect(auth).toMatchObject({ nkey: user.getPublicKey(), sig: expect.stringMatching(/./) });
  });

  it("in a file are read again at each connection, and the last good ones stay while it is being replaced", () => {
    const folder = mkdtempSync(join(tmpdir(), "concord-creds-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const credsFile = join(folder, "user.creds");
    const user = nkeys.createUser();
    const write = (jwt: string) => {
      const seed = new TextDecoder().decode(user.getSeed());
      writeFileSync(
        credsFile,
        `-----BEGIN NATS USER JWT-----\n${jwt}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`,
      );
    };
    write("first");
    const authenticate = toAuthenticator({ credsFile });
    expect(authenticate("nonce")).toMatchObject({ jwt: "first", nkey: user.getPublicKey() });
    write("second");
    expect(authenticate("nonce")).toMatchObject({ jwt: "second" });
    rmSync(credsFile);
    expect(authenticate("nonce")).toMatchObject({ jwt: "second" });
    writeFileSync(credsFile, "half wri");
    expect(authenticate("nonce")).toMatchObject({ jwt: "second" });
  });

  it("in a file that is not there are refused at once", () => {
    expect(() => toAuthenticator({ credsFile: "no-such.creds" })).toThrow(expect.objectContaining({ code: "config" }));
  });
});
