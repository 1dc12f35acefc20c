import type { Transport } from "../core/transport.ts";
import type { Relay } from "../outbox/relay.ts";

/** What there is of the broker, once there is something. */
export interface BrokerLink {
  transport: Transport | undefined;
  relay: Relay | undefined;
}
