import { Health, HealthCheckResponse_ServingStatus as Status } from "@concord/gen/grpc/health/v1/health_pb.js";
import { Code, ConnectError } from "@connectrpc/connect";
import { type Clock, systemClock } from "../../core/clock.ts";
import type { HealthReport } from "../health.ts";
import { type RpcRoute, rpcRoute } from "../router.ts";

/** What {@link createHealthRoute} tells about. */
export interface HealthRouteOptions {
  /** Full names of the proto services served. */
  readonly services: readonly string[];
  readonly health: () => Promise<HealthReport>;
  /** Aborts when the server begins to close. */
  readonly draining: AbortSignal;
  /** Pause between two looks of a watch, in milliseconds. Default 1,000. */
  readonly watchMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Answers `grpc.health.v1` (https://github.com/grpc/grpc/blob/master/doc/health-checking.md) for the server as a whole and
 * each of its services, which are as healthy as the server. A watch is told at once that the server drains, and ends.
 */
export function createHealthRoute(options: HealthRouteOptions): RpcRoute {
  const { health, draining, watchMs = 1_000, clock = systemClock } = options;
  const known = new Set(["", ...options.services]);
  const look = async (): Promise<Status> => {
    if (draining.aborted) return Status.NOT_SERVING;
    const { ready } = await health().catch(() => ({ ready: false }));
    return ready ? Status.SERVING : Status.NOT_SERVING;
  };
  return rpcRoute(Health, {
    async check({ service }) {
      if (known.has(service)) return { status: await look() };
      throw new ConnectError(`there is no service ${service} here`, Code.NotFound);
    },
    async list() {
      const status = await look();
      return { statuses: Object.fromEntries([...known].map((name) => [name, { status }])) };
    },
    async *watch({ service }, { signal }) {
      let told: Status | undefined;
      const ending = AbortSignal.any([signal, draining]);
      while (!signal.aborted) {
        const status = known.has(service) ? await look() : Status.SERVICE_UNKNOWN;
        if (status !== told) yield { status };
        told = status;
        if (draining.aborted) return;
        await clock.sleep(watchMs, ending).catch(() => {});
      }
    },
  });
}
