import { readFile } from "node:fs/promises";
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from "jose";
import { type Clock, systemClock } from "../core/clock.ts";
import { ConcordError } from "../core/error.ts";
import type { Caller } from "./caller.ts";

/**
 * Tells who calls by a bearer token.
 * @throws {ConcordError} `unauthenticated` for a token that is not valid; `unavailable` when its key cannot be fetched.
 */
export type Authenticate = (token: string) => Promise<Caller>;

/** How tokens are checked. */
export interface JwtOptions {
  /** The issuer's public keys, a JSON Web Key Set: a file, or an `https:` address (`http:` for this machine only). */
  readonly jwks: string;
  /** The only `iss` accepted. */
  readonly issuer: string;
  /** The `aud` that tokens for this service have. */
  readonly audience: string;
  /** Signature algorithms accepted, asymmetric ones only. Default RS256, PS256, ES256 and EdDSA. */
  readonly algorithms?: readonly string[] | undefined;
  /** Time by which clocks may differ, in seconds. Default 30. */
  readonly toleranceSeconds?: number | undefined;
  /** The claim that lists roles: an array, or words separated by spaces. Default `roles`. */
  readonly rolesClaim?: string | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

const defaultAlgorithms = ["RS256", "PS256", "ES256", "EdDSA"] as const;

/** With these whoever can check a token can also make one. */
const symmetric = /^(HS\d+|none)$/i;

/** Faults of jose that lie in the fetching of keys and not in the token. */
const fetchFaults: ReadonlySet<string> = new Set(["ERR_JWKS_TIMEOUT", "ERR_JWKS_INVALID"]);

/**
 * Makes the check of JSON Web Tokens, by jose (https://www.rfc-editor.org/rfc/rfc8725): signature by one of the issuer's
 * keys and a pinned algorithm, issuer, audience, expiry. Tokens must have `sub` and `exp`. Keys at an address are fetched when
 * the first call comes, again when a token names an unknown one, and at least every ten minutes.
 * @throws {ConcordError} `config` for keys that do not read and for symmetric algorithms.
 */
export async function createJwtAuthenticator(options: JwtOptions): Promise<Authenticate> {
  const { jwtVerify, errors } = await import("jose");
  const { clock = systemClock, rolesClaim = "roles" } = options;
  const key = await openKeys(options.jwks);
  const verification: JWTVerifyOptions = {
    algorithms: checkAlgorithms(options.algorithms ?? defaultAlgorithms) as NonNullable<JWTVerifyOptions["algorithms"]>,
    issuer: options.issuer,
    audience: options.audience,
    clockTolerance: options.toleranceSeconds ?? 30,
    requiredClaims: ["sub", "exp"],
  };
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, key, { ...verification, currentDate: new Date(clock.now()) });
      return { subject: payload.sub ?? "", roles: readRoles(payload[rolesClaim]), claims: payload };
    } catch (cause) {
      if (cause instanceof errors.JOSEError && !fetchFaults.has(cause.code)) {
        throw new ConcordError("unauthenticated", `the token is not accepted (${cause.code})`, { cause });
      }
      throw new ConcordError("unavailable", "the keys that tokens are checked by cannot be fetched", { cause });
    }
  };
}

async function openKeys(jwks: string): Promise<JWTVerifyGetKey> {
  const { createLocalJWKSet, createRemoteJWKSet } = await import("jose");
  if (/^https:\/\/|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]/.test(jwks)) return createRemoteJWKSet(new URL(jwks));
  if (jwks.startsWith("http:")) {
    throw new ConcordError("config", `keys from ${jwks} could be anybody's; give an https: address or a file`);
  }
  try {
    return createLocalJWKSet(JSON.parse(await readFile(jwks, "utf8")));
  } catch (cause) {
    throw new ConcordError("config", `${jwks} is no JSON Web Key Set that can be read`, { cause });
  }
}

function checkAlgorithms(algorithms: readonly string[]): string[] {
  const refused = algorithms.filter((name) => symmetric.test(name));
  if (refused.length === 0 && algorithms.length > 0) return [...algorithms];
  throw new ConcordError(
    "config",
    `tokens cannot be checked by ${refused.join(", ") || "no algorithm"}; give asymmetric ones`,
  );
}

function readRoles(claim: JWTPayload[string]): readonly string[] {
  if (typeof claim === "string") return claim.split(" ").filter((role) => role !== "");
  return Array.isArray(claim) ? claim.filter((role): role is string => typeof role === "string") : [];
}
