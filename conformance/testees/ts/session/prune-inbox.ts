import { streamName } from "@concord/sdk";
import type { SessionParts } from "./session-parts.ts";

const dayMs = 86_400_000;

/** Drops what the inbox need not remember, as a service does at its start and every hour; nothing, unless the case asks. */
export async function pruneInbox({ settings, storage, clock }: SessionParts): Promise<void> {
  const { service, namespace, inboxDays } = settings;
  if (!storage || inboxDays === undefined) return;
  const streams = [streamName("evt", "counted", namespace), streamName("rdr", service, namespace)];
  await storage.stores.inbox.prune(clock.now() - inboxDays * dayMs, { consumer: service, streams });
}
