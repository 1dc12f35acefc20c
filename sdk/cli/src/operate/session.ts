import type { Transport } from "@concord/sdk";
import type { CommandContext, CommandInput } from "../command-context.ts";
import { openBroker } from "../system/open-broker.ts";
import { type Profile, readProfile } from "../system/profile.ts";
import { readSystem, type SystemContracts } from "../system/system-contracts.ts";

/** What an operating command works with: the contracts of the folder and the broker of a profile. */
export interface Session extends AsyncDisposable {
  readonly profile: Profile;
  readonly system: SystemContracts;
  readonly transport: Transport;
  /** As every waiting call takes it. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads profile and contracts, then connects.
 * @throws {CommandError} for settings or contracts that do not read, and a broker that does not answer.
 */
export async function openSession(options: CommandInput["options"], context: CommandContext): Promise<Session> {
  const profile = await readProfile(options, context);
  const system = await readSystem(context);
  const transport = await openBroker(profile, context);
  return {
    profile,
    system,
    transport,
    signal: context.signal,
    [Symbol.asyncDispose]: () => transport.close(),
  };
}
