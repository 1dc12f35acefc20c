import { type StreamSpec, streamSpecs } from "@concord/sdk";
import type { SystemContracts } from "./system-contracts.ts";

/** The streams that all services of a system need together, sorted by name. */
export function wantedStreams(system: SystemContracts, namespace: string | undefined): StreamSpec[] {
  const specs = new Map<string, StreamSpec>();
  for (const service of system.services) {
    const published = system.publishedBy(service);
    const handled = system.handledBy(service);
    for (const spec of streamSpecs(service.name, { handled, published }, { namespace, owner: undefined })) {
      specs.set(spec.name, spec);
    }
  }
  return [...specs.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
}
