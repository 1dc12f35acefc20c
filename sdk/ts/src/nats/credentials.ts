import { readFileSync } from "node:fs";
import {
  type Authenticator,
  credsAuthenticator,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/nats-core";
import { ConcordError } from "../core/error.ts";

/** How a client says who it is; one of these. */
export type NatsCredentials =
  | { readonly user: string; readonly password: string }
  | { readonly token: string }
  /** Path of a `.creds` file with a JWT and its seed; read again at each connection, so that it may be renewed. */
  | { readonly credsFile: string }
  /** Seed of a user nkey, `SU…`. */
  | { readonly nkeySeed: string };

/** TLS material by path, or in place as PEM. Given at all, the connection must be encrypted. */
export interface NatsTls {
  /** Certificate authority of the server. Default: those of the system. */
  readonly caFile?: string;
  readonly ca?: string;
  /** Client certificate and key, where the server asks for them. */
  readonly certFile?: string;
  readonly cert?: string;
  readonly keyFile?: string;
  readonly key?: string;
}

/** A server's address with what was written before its `@`. */
export interface ServerAddress {
  readonly address: string;
  readonly credentials?: NatsCredentials;
}

/**
 * Splits `nats://user:password@host:4222` or `nats://token@host`, so that no password stands in a log.
 * @throws {ConcordError} `config` when it is no address.
 */
export function parseServer(server: string): ServerAddress {
  const url = URL.parse(server.includes("://") ? server : `nats://${server}`);
  if (!url?.hostname) throw new ConcordError("config", `a NATS server is not an address like nats://localhost:4222`);
  const address = `${url.protocol}//${url.host}`;
  if (!url.username) return { address };
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  return { address, credentials: password ? { user, password } : { token: user } };
}

/**
 * Makes the client's authenticator.
 * @throws {ConcordError} `config` when a credentials file cannot be read.
 */
export function toAuthenticator(credentials: NatsCredentials): Authenticator {
  if ("user" in credentials) return usernamePasswordAuthenticator(credentials.user, credentials.password);
  if ("token" in credentials) return tokenAuthenticator(credentials.token);
  if ("nkeySeed" in credentials) return nkeyAuthenticator(new TextEncoder().encode(credentials.nkeySeed));
  return credsFileAuthenticator(credentials.credsFile);
}

/**
 * Reads the file at each connection. The client closes for good when its authenticator throws, so the last good content
 * is kept for the moments when the file is being replaced.
 */
function credsFileAuthenticator(path: string): Authenticator {
  let good = readCredsFile(path);
  return (nonce) => {
    try {
      const renewed = readFileSync(path);
      const auth = credsAuthenticator(renewed)(nonce);
      good = renewed;
      return auth;
    } catch {
      return credsAuthenticator(good)(nonce);
    }
  };
}

function readCredsFile(path: string): Uint8Array {
  try {
    const content = readFileSync(path);
    credsAuthenticator(content)();
    return content;
  } catch (cause) {
    throw new ConcordError("config", `the NATS credentials file ${path} cannot be read`, { cause });
  }
}
