import { ConcordError, redrive as redriveLetters } from "@concord/sdk";
import type { Op } from "./op.ts";

/** Sends a dead letter back to the service that gave up on it. */
export const redrive: Op<"redrive"> = async ({ service, seq }, { session }) => {
  const { settings, clock } = session;
  const transport = await session.transport();
  const namespace = settings.namespace;
  const { redriven } = await redriveLetters({ transport, service, namespace, sequence: seq, clock });
  if (redriven === 0) throw new ConcordError("not_found", `${service} has no dead letter ${seq}`);
  return {};
};
