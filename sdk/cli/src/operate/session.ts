import type { Transport } from "@concord/sdk";
import type { CommandContext, CommandInput } from "../command-context.ts";
import { openBroker } from "../system/open-broker.ts";
import { type Profile, readProfile } from "../system/profile.ts";
import { readSystem, type SystemContracts } from "../system/system-contracts.ts";

/** What an operating command works with: the contracts of the folder, and the broker of a profile once it is asked for. */
export interface Session extends AsyncDisposable {
  readonly profile: Profile;
  readonly system: SystemContracts;
  /** As every waiting call takes it. */
  readonly signal: AbortSignal | undefined;
  /**
   * Connects; to be called when everything that a user gave is checked. The session ends the connection.
   * @throws {CommandError} `unreachable`
   */
  connect(): Promise<Transport>;
}

/**
 * Reads profile and contracts.
 * @throws {CommandError} for settings or contracts that do not read.
 */
export async function openSession(options: CommandInput["options"], context: CommandContext): Promise<Session> {
  const profile = await readProfile(options, context);
  const system = await readSystem(context);
  const opened: Transport[] = [];
  return {
    profile,
    system,
    signal: context.signal,
    async connect() {
      const transport = await openBroker(profile, context);
      opened.push(transport);
      return transport;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((transport) => transport.close()));
    },
  };
}
