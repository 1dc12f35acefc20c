import type { EventContract } from "../core/contract/event-contract.ts";
import { streamContract } from "../core/contract/stream-contract.ts";
import { streamName } from "../core/subject.ts";
import type { ServiceParts } from "./parts.ts";
import type { Storage } from "./storage.ts";

const dayMs = 86_400_000;
const minKeepMs = 7 * dayMs;
const everyMs = 3_600_000;
const retryMs = 60_000;

/**
 * Drops what a service's inbox need not remember any longer, every hour: days beyond `inboxDays` that every cursor has
 * passed (trap T8). The cursor of a stream that the service no longer reads counts for `inboxDays` more. Runs until the
 * signal aborts; a database that is away is asked again a minute later. Calls whose idempotency keys expired go with them.
 */
export async function keepInboxSmall(
  { name, config, contracts, clock, log }: Pick<ServiceParts, "name" | "config" | "contracts" | "clock" | "log">,
  { stores }: Pick<Storage, "stores">,
  signal: AbortSignal,
): Promise<void> {
  const retentions = contracts.handled.map(({ schema }) => streamContract(schema.file).retentionMs);
  const keepMs = config.inboxDays ? config.inboxDays * dayMs : Math.max(minKeepMs, ...retentions);
  const reads = { consumer: name, streams: streamsRead(name, contracts.handled, config.namespace) };
  while (!signal.aborted) {
    const pause = await prune().then(
      () => everyMs,
      (error) => {
        log.warn({ err: error }, "the inbox could not be pruned");
        return retryMs;
      },
    );
    await clock.sleep(pause, signal).catch(() => {});
  }

  async function prune(): Promise<void> {
    const dropped = await stores.inbox.prune(clock.now() - keepMs, reads);
    if (dropped > 0) log.info({ dropped, ...(await stores.inbox.status()) }, "inbox pruned");
    const calls = await stores.idempotency.prune();
    if (calls > 0) log.info({ calls }, "calls forgotten whose keys expired");
  }
}

function streamsRead(name: string, handled: readonly EventContract[], namespace: string | undefined): string[] {
  const streams = handled.map(({ tree, stream }) => streamName(tree, stream, namespace));
  return [...new Set([...streams, streamName("rdr", name, namespace)])];
}
