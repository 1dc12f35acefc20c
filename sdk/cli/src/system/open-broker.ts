import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Transport } from "@concord/sdk";
import { CommandError, exitCodes } from "../command-error.ts";
import type { Profile } from "./profile.ts";

/** How long the first connection may take, in milliseconds: somebody waits at the terminal. */
const connectTimeoutMs = 5_000;

/**
 * Connects to a profile's broker. Loads only the adapter that it needs.
 * @throws {CommandError} `unreachable` where there is no broker, with the way out.
 * @throws {ConcordError} `unauthenticated`, `locked`
 */
export async function openBroker(
  { transport, credentials }: Profile,
  { cwd, signal }: { readonly cwd: string; readonly signal?: AbortSignal },
): Promise<Transport> {
  if (transport.startsWith("embedded:")) return openFile(resolve(cwd, transport.slice("embedded:".length)));
  const { connectNats } = await import("@concord/sdk/nats");
  try {
    return await connectNats({
      servers: transport,
      name: "concord-cli",
      inboxPrefix: "_INBOX.concord-cli",
      connectTimeoutMs,
      signal,
      ...(credentials && { credentials: { credsFile: credentials } }),
    });
  } catch (error) {
    if ((error as { code?: string }).code !== "unavailable") throw error;
    const where = transport.replace(/\/\/[^@/]*@/, "//");
    throw new CommandError(
      exitCodes.unreachable,
      `no broker answers at ${where}; is it running, and is the address right?`,
      {
        cause: error,
      },
    );
  }
}

/** A missing file would be made, and then tell that there is nothing. */
async function openFile(path: string): Promise<Transport> {
  if (path !== ":memory:" && !existsSync(path)) {
    throw new CommandError(
      exitCodes.unreachable,
      `there is no broker file ${path}; name it by --transport embedded:FILE`,
    );
  }
  const { openEmbedded } = await import("@concord/sdk/embedded");
  return openEmbedded({ path });
}
