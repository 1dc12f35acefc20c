import type { ServiceOptions } from "./definition.ts";
import type { ServiceParts } from "./parts.ts";

/**
 * Runs a service's `seed` once in the life of its database, however many replicas start: the seed is an operation, claimed
 * in the same transaction as what it writes.
 */
export async function plantSeed(
  { name, seed }: ServiceOptions<unknown, unknown>,
  { storage, transact, surroundings, contracts }: ServiceParts,
): Promise<void> {
  if (!seed || !storage) return;
  const operation = { consumer: name, source: contracts.source, type: "concord.service.seed", idempotencyKey: "1" };
  await transact(async (scope) => {
    if (await storage.stores.inbox.claimOperation(scope.tx, operation, surroundings.newId())) await seed(scope);
  });
}
