import { randomUUID } from "node:crypto";
import type { NatsConnection } from "@nats-io/nats-core";
import type { RpcHosting } from "../../rpc/index.ts";

/** What is counted of one method. */
export interface EndpointStats {
  readonly name: string;
  readonly subject: string;
  requests: number;
  errors: number;
  processingMs: number;
}

/** Answers tools for NATS services until it is closed. */
export interface Discovery {
  close(): void;
}

const nanosecondsPerMs = 1_000_000;

/**
 * Answers `$SRV.PING`, `$SRV.INFO` and `$SRV.STATS`, so that `nats micro` and the like find the service and its methods
 * (https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-32.md).
 */
export function serveDiscovery(
  client: NatsConnection,
  { service: name, version = "0.0.0" }: RpcHosting,
  endpoints: () => readonly EndpointStats[],
): Discovery {
  const id = randomUUID();
  const started = new Date().toISOString();
  const own = { name, id, version, metadata: {} };
  const answers: Readonly<Record<string, () => object>> = {
    PING: () => ({ type: "io.nats.micro.v1.ping_response", ...own }),
    INFO: () => ({
      type: "io.nats.micro.v1.info_response",
      ...own,
      description: `RPC methods of ${name}`,
      endpoints: endpoints().map((each) => ({
        name: each.name,
        subject: each.subject,
        queue_group: name,
        metadata: {},
      })),
    }),
    STATS: () => ({
      type: "io.nats.micro.v1.stats_response",
      ...own,
      started,
      endpoints: endpoints().map((each) => statsOf(each, name)),
    }),
  };
  const subscriptions = Object.entries(answers).flatMap(([verb, answer]) =>
    [`$SRV.${verb}`, `$SRV.${verb}.${name}`, `$SRV.${verb}.${name}.${id}`].map((subject) =>
      client.subscribe(subject, {
        callback: (error, request) => {
          if (!error) request.respond(JSON.stringify(answer()));
        },
      }),
    ),
  );
  return {
    close() {
      for (const subscription of subscriptions) subscription.unsubscribe();
    },
  };
}

function statsOf({ name, subject, requests, errors, processingMs }: EndpointStats, queue: string): object {
  const total = Math.round(processingMs * nanosecondsPerMs);
  return {
    name,
    subject,
    queue_group: queue,
    num_requests: requests,
    num_errors: errors,
    last_error: "",
    processing_time: total,
    average_processing_time: requests === 0 ? 0 : Math.round(total / requests),
  };
}
