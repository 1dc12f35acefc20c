import type { ConfigureRequest } from "@concord/gen/concord/conformance/v1/settings_pb.js";
import type { WireFormat } from "@concord/sdk";
import { foreignMode, formatOf } from "../modes.ts";
import { BadRequest } from "../protocol/error.ts";

/** What a case sets; undefined leaves the SDK's default. */
export interface Settings {
  readonly namespace: string | undefined;
  readonly service: string;
  readonly brokerUrl: string;
  readonly databaseUrl: string;
  readonly format: WireFormat;
  /** Takes part in a system that speaks NatsPubsub. */
  readonly joinsForeign: boolean;
  readonly source: string | undefined;
  readonly startMs: number | undefined;
  readonly seed: number;
  readonly retry: { readonly initialMs?: number; readonly maxMs?: number; readonly maxAttempts?: number };
  readonly maxDeliveries: number | undefined;
  readonly ackWaitMs: number | undefined;
  readonly handlerTimeoutMs: number | undefined;
  readonly concurrency: number | undefined;
  readonly parkAfterMs: number | undefined;
  readonly leaseTtlMs: number | undefined;
  readonly pollMs: number | undefined;
  readonly parkedLimit: number | undefined;
  readonly inboxDays: number | undefined;
  readonly order: "strict" | "none";
}

/** Reads the settings of `configure`. */
export function toSettings(asked: ConfigureRequest): Settings {
  const { initialMs, maxMs, maxAttempts, maxDeliveries } = asked.retry ?? {};
  return {
    namespace: asked.ns || undefined,
    service: asked.service || "counter",
    brokerUrl: asked.brokerUrl,
    databaseUrl: asked.databaseUrl,
    format: formatOf(asked.mode === foreignMode ? "" : asked.mode),
    joinsForeign: asked.mode === foreignMode,
    source: asked.source || undefined,
    startMs: asked.now && Number(asked.now.seconds) * 1_000 + asked.now.nanos / 1_000_000,
    seed: Number(asked.seed & 0xffff_ffffn),
    retry: {
      ...(initialMs !== undefined && { initialMs }),
      ...(maxMs !== undefined && { maxMs }),
      ...(maxAttempts !== undefined && { maxAttempts }),
    },
    maxDeliveries,
    ackWaitMs: asked.ackWaitMs,
    handlerTimeoutMs: asked.handlerTimeoutMs,
    concurrency: asked.concurrency,
    parkAfterMs: asked.parkAfterMs,
    leaseTtlMs: asked.leaseTtlMs,
    pollMs: asked.pollMs,
    parkedLimit: asked.parkedLimit,
    inboxDays: asked.inboxDays,
    order: toOrder(asked.order),
  };
}

function toOrder(order: string): Settings["order"] {
  if (order === "" || order === "strict") return "strict";
  if (order === "none") return "none";
  throw new BadRequest(`there is no order ${order}`);
}
