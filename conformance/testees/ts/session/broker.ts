import { fileURLToPath } from "node:url";
import {
  type Clock,
  ConcordError,
  joinNatsPubsub,
  type Log,
  type NatsPubsubSystem,
  sendAs,
  type Transport,
} from "@concord/sdk";
import { foreignTopic } from "../modes.ts";
import type { SessionFaults } from "./faults.ts";
import type { Points } from "./points.ts";
import type { Settings } from "./settings.ts";

/** What a connection is made with. */
export interface BrokerOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
  readonly points: Points;
  readonly faults: SessionFaults;
}

/**
 * Connects to the broker that a case names. What is sent goes in the case's format.
 * @throws {ConcordError} `config` when it names none.
 */
export async function openBroker({ settings, clock, log, points, faults }: BrokerOptions): Promise<Transport> {
  const { brokerUrl, service, format } = settings;
  const opened = await open();
  const formatted = settings.joinsForeign ? joinNatsPubsub(opened, foreignSystem(settings)) : sendAs(opened, format);
  return faults.transport?.(formatted) ?? formatted;

  async function open(): Promise<Transport> {
    if (brokerUrl === "") throw new ConcordError("config", "the case names no broker");
    if (brokerUrl.startsWith("file:")) {
      const { openEmbedded } = await import("@concord/sdk/embedded");
      return openEmbedded({ path: fileURLToPath(brokerUrl), clock, log });
    }
    const { connectNats } = await import("@concord/sdk/nats");
    return connectNats({ servers: brokerUrl, name: service, clock, log, probe: points });
  }
}

/** The case makes their stream, `[ns-]foreign`, with the subjects below the namespace. */
function foreignSystem({ namespace }: Settings): NatsPubsubSystem {
  const stream = namespace ? `${namespace}-foreign` : "foreign";
  return { environment: namespace ?? "test", stream, topics: [foreignTopic], namespace };
}
