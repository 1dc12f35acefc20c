import { createRelay, type Relay, type Transport } from "@concord/sdk";
import { BadRequest } from "../protocol/error.ts";
import type { SessionParts } from "./session-parts.ts";

/** What a relay has done. */
export interface RelayWork {
  readonly published: number;
  readonly quarantined: number;
}

/** The relay of a session. */
export interface Relaying {
  /** Sends what can be sent, then ends. */
  untilIdle(): Promise<RelayWork>;
  /** Begins, and goes on until {@link stop}. */
  start(): Promise<void>;
  /** Ends, and tells what was done since the start. */
  stop(): Promise<RelayWork>;
  wake(partitions: Iterable<number>): void;
}

interface Running {
  readonly relay: Relay;
  readonly ending: AbortController;
  readonly done: Promise<void>;
}

/** Time between two looks at whether what is left can be sent, in milliseconds. */
const lookMs = 20;

/** Makes a relaying that does not run. */
export function createRelaying(parts: SessionParts, transport: () => Promise<Transport>): Relaying {
  let running: Running | undefined;

  const begin = async (): Promise<Running> => {
    const { settings, storage, share, clock, random, log, points, faults } = parts;
    if (!storage) throw new BadRequest("a relay needs a database");
    const { pollMs } = settings;
    const options = {
      store: storage.stores.outbox,
      transport: await transport(),
      share,
      clock,
      random,
      log,
      probe: points,
      ...(pollMs !== undefined && { poll: { minMs: pollMs, maxMs: pollMs } }),
    };
    const relay = createRelay(faults.relay?.(options) ?? options);
    const ending = new AbortController();
    const done = relay.run(ending.signal);
    done.catch((error: unknown) => console.error(error));
    return { relay, ending, done };
  };
  const end = async ({ relay, ending, done }: Running): Promise<RelayWork> => {
    ending.abort();
    await done.catch(() => {});
    return workOf(relay);
  };

  return {
    async untilIdle() {
      const own = await begin();
      await waitUntilIdle(parts, own.relay);
      return end(own);
    },
    async start() {
      if (running) throw new BadRequest("a relay runs already");
      running = await begin();
    },
    async stop() {
      const ended = running;
      running = undefined;
      return ended ? end(ended) : { published: 0, quarantined: 0 };
    },
    wake: (partitions) => running?.relay.wake(partitions),
  };
}

/** Rows behind a quarantined one cannot be sent, and are not waited for. */
async function waitUntilIdle({ storage, clock }: SessionParts, relay: Relay): Promise<void> {
  for (;;) {
    const pending = await storage!.stores.outbox.pendingPartitions();
    if (pending.length === 0) return;
    const { troubledStreams, pausedMs } = relay.status();
    if (troubledStreams.length > 0 || pausedMs > 0) return;
    await clock.sleep(lookMs);
  }
}

function workOf(relay: Relay): RelayWork {
  const { published, quarantined } = relay.status();
  return { published, quarantined };
}
