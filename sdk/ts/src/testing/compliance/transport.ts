import { describe } from "vitest";
import { acknowledging } from "./transport/acknowledging.ts";
import { lifecycle } from "./transport/lifecycle.ts";
import { load } from "./transport/load.ts";
import { provisioning } from "./transport/provisioning.ts";
import { publishing } from "./transport/publishing.ts";
import { reading } from "./transport/reading.ts";
import { redelivery } from "./transport/redelivery.ts";
import type { TransportComplianceOptions } from "./transport/settings.ts";
import { sharing } from "./transport/sharing.ts";
import { streamState } from "./transport/stream-state.ts";

export type { TransportComplianceOptions } from "./transport/settings.ts";

/** The acceptance suite of the `Transport` port: every adapter passes it, against the real thing. */
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
    sharing(settings);
    load(settings);
  });
}
