import type { Transport, TransportFeatures } from "../../../core/transport.ts";

/** What the suite needs to know about the transport that it judges. */
export interface TransportComplianceOptions {
  /** Stands in front of every title. */
  readonly name: string;
  /**
   * Opens a connection. The suite closes it, and uses its own random stream names, so that all may go to one broker.
   * Some tests run side by side: where `features.shared` is false, each call must give another storage.
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

/** The options with every default applied. */
export type TransportSettings = TransportComplianceOptions &
  Required<Pick<TransportComplianceOptions, "ackWaitMs" | "dedupeWindowMs">>;
