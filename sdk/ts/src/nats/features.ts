import type { TransportFeatures } from "../core/transport.ts";

/** Tells what a server of a version offers beyond 2.9, such as atomic batches from 2.12. */
export function featuresOf(version: string | undefined): TransportFeatures {
  const [major = 0, minor = 0] = (version ?? "").split(".").map(Number);
  return { atomicBatch: major > 2 || (major === 2 && minor >= 12), shared: true };
}
