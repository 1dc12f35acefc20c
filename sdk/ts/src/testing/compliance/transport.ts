import { describe } from "vitest";
import type { Transport, TransportFeatures } from "../../core/transport.ts";
import { acknowledging } from "./transport/acknowledging.ts";
import { lifecycle } from "./transport/lifecycle.ts";
import { load } from "./transport/load.ts";
import { provisioning } from "./transport/provisioning.ts";
import { publishing } from "./transport/publishing.ts";
import { reading } from "./transport/reading.ts";
import { redelivery } from "./transport/redelivery.ts";
import { streamState } from "./transport/stream-state.ts";

/** What the suite needs to know about the transport that it judges. */
export interface TransportComplianceOptions {
  /** Stands in front of every title. */
  readonly name: string;
  /**
   * Opens a connection. The suite closes it, has at most one open where `features.shared` is false, and uses its own
   * random stream names, so that all may go to one broker.
   */
  open(): Promise<Transport>;
  /** What the transport must say of itself; what it lacks is listed as skipped. */
  readonly features: TransportFeatures;
  /** Closes a connection and opens one to the same storage. Default: the tests of what lasts are skipped. */
  reopen?(transport: Transport): Promise<Transport>;
  /** Acknowledgement wait of the tests that let it pass, in milliseconds. Default 500: real brokers take whole timers. */
  readonly ackWaitMs?: number;
  /** Dedupe window of the test that lets it pass, in milliseconds. Default 200; nats-server takes none below 100. */
  readonly dedupeWindowMs?: number;
}

/** The acceptance suite of the {@link Transport} port: every adapter passes it, against the real thing. */
export function transportCompliance(options: TransportComplianceOptions): void {
  const settings = { ackWaitMs: 500, dedupeWindowMs: 200, ...options };
  describe(`${options.name} transport`, () => {
    publishing(settings);
    reading(settings);
    acknowledging(settings);
    redelivery(settings);
    provisioning(settings);
    streamState(settings);
    lifecycle(settings);
    load(settings);
  });
}

/** The options with every default applied. */
export type TransportSettings = TransportComplianceOptions &
  Required<Pick<TransportComplianceOptions, "ackWaitMs" | "dedupeWindowMs">>;
