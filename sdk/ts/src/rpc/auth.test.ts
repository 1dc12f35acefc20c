import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileLab } from "../../../../tools/rpc-lab.ts";
import { callerKey } from "./caller.ts";
import { createRpcClient } from "./client.ts";
import { createJwtAuthenticator, type JwtOptions } from "./jwt.ts";
import { createRpcRouter, rpcRoute } from "./router.ts";

const lab = compileLab();
const issuer = "https://issuer.example";
const audience = "lab";
let folder: string;
let jwks: string;
let keys: Awaited<ReturnType<typeof generateKeyPair>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "concord-jwks-"));
  keys = await generateKeyPair("ES256", { extractable: true });
  jwks = join(folder, "jwks.json");
  await writeFile(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: "k1", alg: "ES256" }] }));
});
afterAll(() => rm(folder, { recursive: true }));

interface TokenChoice {
  readonly claims?: JWTPayload;
  readonly expires?: string | number;
  readonly alg?: string;
  readonly key?: Parameters<SignJWT["sign"]>[0];
}

function sign({
  claims = {},
  expires = "5m",
  alg = "ES256",
  key = keys.privateKey,
}: TokenChoice = {}): Promise<string> {
  return new SignJWT({ iss: issuer, aud: audience, sub: "ada", roles: ["staff"], ...claims })
    .setProtectedHeader({ alg, kid: "k1" })
    .setExpirationTime(expires)
    .sign(key);
}

async function openLab(options: Partial<JwtOptions> = {}) {
  const authenticate = await createJwtAuthenticator({ jwks, issuer, audience, ...options });
  const tell = (
    _: unknown,
    { values }: { values: { get(key: typeof callerKey): { subject: string } | undefined } },
  ) => ({
    text: values.get(callerKey)?.subject ?? "nobody",
  });
  const routes = [rpcRoute(lab.service, { say: tell, look: tell, manage: tell, enter: tell })];
  return (token?: string) =>
    createRpcClient(lab.service, {
      local: createRpcRouter({ routes, authenticate }),
      retry: false,
      ...(token === undefined ? {} : { token: () => token }),
    });
}

describe("a call to a service that authenticates", () => {
  it("is let through as the contract says: to all, with a token, with a role, to nobody", async () => {
    const open = await openLab();
    const staff = open(await sign());
    const guest = open(await sign({ claims: { roles: ["guest"] } }));
    const nobody = open();
    expect(await nobody.say({})).toMatchObject({ text: "nobody" });
    expect(await staff.say({})).toMatchObject({ text: "ada" });
    await expect(nobody.enter({})).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await guest.enter({})).toMatchObject({ text: "ada" });
    expect(await staff.manage({})).toMatchObject({ text: "ada" });
    await expect(guest.manage({})).rejects.toMatchObject({ code: "permission_denied" });
    await expect(staff.look({})).rejects.toMatchObject({ code: "permission_denied" });
    await expect(nobody.look({})).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("reads roles from the claim it is told, as words too", async () => {
    const open = await openLab({ rolesClaim: "scope" });
    const client = open(await sign({ claims: { scope: "guest admin" } }));
    expect(await client.manage({})).toMatchObject({ text: "ada" });
  });

  it("tolerates clocks that differ, by as much as it is told", async () => {
    const expired = await sign({ expires: Math.floor(Date.now() / 1000) - 10 });
    expect(await (await openLab())(expired).enter({})).toMatchObject({ text: "ada" });
    const strict = (await openLab({ toleranceSeconds: 0 }))(expired);
    await expect(strict.enter({})).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("is refused with any token that is not the issuer's for this service, without telling why in words of its own", async () => {
    const open = await openLab();
    const foreign = await generateKeyPair("ES256");
    const secret = new TextEncoder().encode("a secret that is long enough for it");
    const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from('{"sub":"ada"}').toString("base64url")}.`;
    const refused = {
      "of another issuer": await sign({ claims: { iss: "https://other.example" } }),
      "for another audience": await sign({ claims: { aud: "other" } }),
      "that expired": await sign({ expires: 1_000 }),
      "not valid yet": await sign({ claims: { nbf: Math.floor(Date.now() / 1000) + 3_600 } }),
      "of another key": await sign({ key: foreign.privateKey }),
      "signed by a symmetric key": await sign({ alg: "HS256", key: secret }),
      "signed by nobody": unsigned,
      "without a subject": await new SignJWT({ iss: issuer, aud: audience })
        .setProtectedHeader({ alg: "ES256" })
        .setExpirationTime("1m")
        .sign(keys.privateKey),
      "that is none": "a.b.c",
    };
    for (const [what, token] of Object.entries(refused)) {
      await expect(open(token).enter({}), what).rejects.toMatchObject({ code: "unauthenticated" });
    }
  });

  it("gets its keys from an address, and says so when that is away", async () => {
    const { readFile } = await import("node:fs/promises");
    const body = await readFile(jwks, "utf8");
    const server = createServer((_, response) => response.setHeader("content-type", "application/json").end(body));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const open = await openLab({ jwks: `http://127.0.0.1:${port}/keys` });
    expect(await open(await sign()).enter({})).toMatchObject({ text: "ada" });
    await new Promise((resolve) => server.close(resolve));
    const lost = await openLab({ jwks: `http://127.0.0.1:${port}/keys` });
    await expect(lost(await sign()).enter({})).rejects.toMatchObject({ code: "unavailable" });
  });
});

it.each([
  ["a file that is not there", { jwks: "/nowhere/jwks.json" }],
  ["keys over plain HTTP from elsewhere", { jwks: "http://issuer.example/keys" }],
  ["an algorithm whose key could sign too", { algorithms: ["HS256"] }],
  ["no signature at all", { algorithms: ["none"] }],
])("refuses %s at start", async (_, options) => {
  await expect(openLab(options)).rejects.toMatchObject({ code: "config" });
});
