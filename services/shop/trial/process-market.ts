import { setTimeout as delay } from "node:timers/promises";
import { createRpcClient } from "@concord/sdk/rpc";
import type { Shop } from "../shop.ts";
import type { Market } from "./market.ts";

/** A shop of real processes has so long to come to rest, in milliseconds. */
const restWithinMs = 90_000;
const lookEveryMs = 250;

/**
 * Trades with a shop whose services are processes of their own, on a real broker and database, through its front. Death is
 * SIGKILL; what it leaves behind is what reaches consumers again, and time is the machine's.
 */
export function tradeWithProcesses({ front, processes }: Pick<Shop, "front" | "processes">): Market {
  let killing = Promise.resolve();
  return {
    client: (service) => createRpcClient(service, { url: front.url }),
    // One after the other, while everything else goes on.
    kill(nth) {
      killing = killing.then(() => processes[nth % processes.length]?.crash());
      return killing;
    },
    redeliver: async () => {},
    now: Date.now,
    wait: async () => {},
    async settle(audit) {
      for (const until = performance.now() + restWithinMs; ; await delay(lookEveryMs)) {
        const faults = await audit();
        if (faults.length === 0) return;
        if (performance.now() > until) throw new Error(faults.join("\n"));
      }
    },
  };
}
