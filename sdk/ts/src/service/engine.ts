import type { Consumer } from "../consume/consumer.ts";
import { isConcordError } from "../core/error.ts";
import type { Transport, TransportHealth } from "../core/transport.ts";
import { createRelay } from "../outbox/relay.ts";
import { buildConsumer } from "./build-consumer.ts";
import { keepInboxSmall } from "./maintenance.ts";
import { openTransport } from "./open-transport.ts";
import type { ServiceParts } from "./parts.ts";
import { runJobs } from "./run-jobs.ts";
import { streamSpecs } from "./stream-specs.ts";
import { toWireTransport } from "./wire-transport.ts";

/** Connects, makes sure of the streams, relays and consumes, in the background of a service that is up already. */
export interface Engine {
  /** The consumer, once there is a broker. */
  readonly consumer: Consumer | undefined;
  health(): TransportHealth;
  /** Rejects when going on is no use; never resolves. */
  readonly failed: Promise<never>;
  /** Resolves when events are relayed and consumed for the first time. */
  readonly started: Promise<void>;
  /** Finishes what runs within the time given, then gives everything back. */
  close(timeoutMs: number): Promise<void>;
}

const retryMs = 1_000;

/**
 * Starts an engine.
 * @param given A connection to use and leave open; without one the configuration's broker is connected.
 */
export function startEngine(parts: ServiceParts, given: Transport | undefined): Engine {
  const { name, config, contracts, storage, link, clock, random, log, probe } = parts;
  const starting = new AbortController();
  const working = new AbortController();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  let consumer: Consumer | undefined;
  let relaying: Promise<void> | undefined;
  let jobs: Promise<void> | undefined;
  let trouble = "connecting";

  const begin = async (): Promise<void> => {
    const opened = given ?? (await openTransport(name, config, { log, probe, signal: starting.signal }));
    const transport = toWireTransport(opened, parts);
    link.transport = transport;
    await provision(transport);
    starting.signal.throwIfAborted();
    if (storage) {
      const { stores, share } = storage;
      link.relay = createRelay({ store: stores.outbox, transport, share, clock, random, log, probe });
      relaying = link.relay.run(working.signal);
      relaying.catch(failed.reject);
      void keepInboxSmall(parts, storage, working.signal);
    }
    jobs = runJobs(parts, working.signal);
    consumer = buildConsumer(parts, transport);
    await consumer.start();
    trouble = "";
  };
  const started = begin().catch((error: unknown) => {
    if (starting.signal.aborted) return;
    trouble = error instanceof Error ? error.message : "failed";
    failed.reject(error);
    throw error;
  });
  started.catch(() => {});

  return {
    get consumer() {
      return consumer;
    },
    failed: failed.promise,
    started,
    health() {
      if (link.transport && trouble === "") return link.transport.health();
      return { healthy: false, detail: trouble };
    },
    async close(timeoutMs) {
      starting.abort();
      await started.catch(() => {});
      await consumer?.drain(timeoutMs);
      working.abort();
      await Promise.all([relaying?.catch(() => {}), jobs]);
      if (!given) await link.transport?.close();
    },
  };

  /** A broker that is away comes back; anything else will not mend itself. */
  async function provision(transport: Transport): Promise<void> {
    const owner = await storage?.stores.identity.read();
    const streams = streamSpecs(name, contracts, { namespace: config.namespace, owner });
    for (;;) {
      try {
        const { changes, warnings } = await transport.provision(streams, { signal: starting.signal });
        for (const change of changes) log.info({ change }, "stream provisioned");
        for (const warning of warnings) log.warn({ warning }, "stream left as it is");
        return;
      } catch (error) {
        if (!isConcordError(error, "unavailable") && !isConcordError(error, "deadline_exceeded")) throw error;
        trouble = error.message;
        log.warn({ err: error }, "streams could not be provisioned; trying again");
        await clock.sleep(retryMs, starting.signal);
      }
    }
  }
}
