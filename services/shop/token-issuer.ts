import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JwtOptions } from "@concord/sdk/rpc";

/** Who the shop's tokens are for: those who sign in, and the services themselves. */
const holders = [
  { name: "alice", subject: "1", roles: ["customer"] },
  { name: "bob", subject: "2", roles: ["customer"] },
  { name: "staff", subject: "staff", roles: ["staff"] },
  { name: "services", subject: "services", roles: ["service"] },
];

const issuer = "concord-shop";
const audience = "shop";
const hoursValid = 12;

/** Files with keys and tokens, and what services are told of them. */
export interface IssuedTokens {
  /** How they are checked. */
  readonly check: JwtOptions;
  /** Variables that make services ask for tokens. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where `<name>.header` lies for alice, bob and staff: a file for `curl -H @FILE`. */
  readonly folder: string;
  /** The tokens by name: of alice, bob, staff, and the services. */
  readonly tokens: Readonly<Record<string, string>>;
}

/**
 * Makes a key pair and tokens signed by it, as an identity provider would, valid for 12 hours. The private key is kept
 * nowhere.
 */
export async function issueTokens(folder: string, nowMs = Date.now()): Promise<IssuedTokens> {
  await mkdir(folder, { recursive: true });
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwks = join(folder, "jwks.json");
  const key = { ...publicKey.export({ format: "jwk" }), kid: "shop", alg: "ES256", use: "sig" };
  await writeFile(jwks, JSON.stringify({ keys: [key] }));
  const tokens: Record<string, string> = {};
  for (const { name, subject, roles } of holders) {
    const expires = Math.floor(nowMs / 1_000) + hoursValid * 3_600;
    const token = signToken({ iss: issuer, aud: audience, sub: subject, roles, exp: expires }, privateKey);
    tokens[name] = token;
    await writeFile(join(folder, `${name}.token`), token, { mode: 0o600 });
    await writeFile(join(folder, `${name}.header`), `authorization: Bearer ${token}\n`, { mode: 0o600 });
  }
  const environment = {
    CONCORD_AUTH_JWKS: jwks,
    CONCORD_AUTH_ISSUER: issuer,
    CONCORD_AUTH_AUDIENCE: audience,
    SHOP_TOKEN_FILE: join(folder, "services.token"),
  };
  return { check: { jwks, issuer, audience }, environment, folder, tokens };
}

/** A JSON Web Token with ES256 (https://www.rfc-editor.org/rfc/rfc7515#section-3.1, https://www.rfc-editor.org/rfc/rfc7518#section-3.4). */
function signToken(claims: object, key: KeyObject): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const head = `${encode({ alg: "ES256", kid: "shop", typ: "JWT" })}.${encode(claims)}`;
  const signature = sign("sha256", Buffer.from(head), { key, dsaEncoding: "ieee-p1363" });
  return `${head}.${signature.toString("base64url")}`;
}
