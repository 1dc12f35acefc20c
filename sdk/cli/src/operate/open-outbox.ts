import type { CommandContext, CommandInput } from "../command-context.ts";
import { type OpenedDatabase, openDatabase } from "../system/open-database.ts";
import { readProfile } from "../system/profile.ts";
import { readSystem } from "../system/system-contracts.ts";

/**
 * Opens the database of a service that the contracts know.
 * @throws {CommandError} when there is no such service, or nothing says where its database is.
 */
export async function openOutbox(
  service: string,
  options: CommandInput["options"],
  context: CommandContext,
): Promise<OpenedDatabase> {
  const profile = await readProfile(options, context);
  const system = await readSystem(context);
  const { name } = system.service(service);
  return openDatabase(await profile.databaseOf(name), context);
}
