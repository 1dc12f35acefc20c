import { hasOption } from "@bufbuild/protobuf";
import { stream } from "@concord/gen/concord/event/v1/options_pb.js";
import type { Finding } from "./contract-fault.ts";
import type { ContractSet, DeclaredEvent } from "./contract-set.ts";
import { type RetryPolicy, toRetryPolicy } from "./retry-policy.ts";
import { eventDeclaration } from "./source-position.ts";
import { streamContract } from "./stream-contract.ts";

/** Finds retry policies that contradict themselves or the retention of the stream (rule RETRY_FITS_LIMITS). */
export function* retryFitsLimits({ events }: ContractSet): Iterable<Finding> {
  for (const event of events.values()) {
    const at = eventDeclaration(event.schema);
    for (const fault of retryFaults(event)) yield { at, message: `${event.schema.typeName} ${fault}` };
  }
}

function* retryFaults({ schema, options }: DeclaredEvent): Iterable<string> {
  const policy = toRetryPolicy(options.retry);
  const { initialMs, maxMs, maxAttempts, handlerTimeoutMs } = policy;
  if (maxAttempts === 0) yield "has max_attempts 0, so it would never run";
  if (handlerTimeoutMs === 0) yield "has handler_timeout_ms 0, so every run would time out";
  if (initialMs > maxMs) yield `waits initial_ms ${initialMs} first, which is more than max_ms ${maxMs}`;
  if (options.deadLetter?.retentionDays === 0) yield "has dead_letter.retention_days 0, so dead letters would be lost";
  if (!hasOption(schema.file, stream)) return;
  const { retentionMs } = streamContract(schema.file);
  const longestMs = longestRetryMs(policy);
  if (longestMs > retentionMs) {
    yield `may be repeated for ${longestMs} ms, but its stream keeps it for ${retentionMs} ms only`;
  }
}

/** All waits at their upper bounds and all runs at their timeout. */
function longestRetryMs({ initialMs, maxMs, maxAttempts, handlerTimeoutMs }: RetryPolicy): number {
  const growing = initialMs === 0 ? 0 : Math.max(0, Math.ceil(Math.log2(maxMs / initialMs)));
  const waits = Math.max(0, maxAttempts - 1);
  const grown = Math.min(growing, waits);
  return (
    initialMs * (2 ** grown - 1) + (waits - grown) * (initialMs === 0 ? 0 : maxMs) + maxAttempts * handlerTimeoutMs
  );
}
