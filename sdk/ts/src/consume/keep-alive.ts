import type { Clock } from "../core/clock.ts";
import type { Delivery } from "../core/transport.ts";

/** Part of the ack wait after which a delivery is extended: two extensions may get lost. */
const extendShare = 1 / 3;

/** Keeps a delivery ours, while it is buffered and while it runs. */
export interface KeepAlive {
  /** True when the broker may have given the delivery to another meanwhile, as after a frozen process (trap T10). */
  readonly isStale: boolean;
  end(): void;
}

/** Extends a delivery until it is told to end. */
export function keepAlive(delivery: Pick<Delivery, "extend">, ackWaitMs: number, clock: Clock): KeepAlive {
  const ended = new AbortController();
  let extendedAtMs = clock.now();
  void extendAgain();
  return {
    get isStale() {
      return clock.now() - extendedAtMs > ackWaitMs;
    },
    end: () => ended.abort(),
  };

  async function extendAgain(): Promise<void> {
    for (;;) {
      await clock.sleep(ackWaitMs * extendShare, ended.signal).catch(() => {});
      if (ended.signal.aborted || clock.now() - extendedAtMs > ackWaitMs) return;
      delivery.extend();
      extendedAtMs = clock.now();
    }
  }
}
