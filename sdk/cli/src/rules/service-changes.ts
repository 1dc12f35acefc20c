import { serviceDeclaration } from "@concord/sdk/contract";
import type { ContractChange } from "../change/contract-change.ts";
import type { ChangeFinding } from "../change/finding.ts";

/** Finds events that a service no longer consumes while it is still there (rule CONSUMES_REMOVED). */
export function* consumesRemoved({ before, after }: ContractChange): Iterable<ChangeFinding> {
  for (const { schema, options } of before.services) {
    const same = after.services.filter((service) => service.options.name === options.name);
    const now = same.find((service) => service.schema.typeName === schema.typeName) ?? same[0];
    if (now === undefined) continue;
    // One service of the system may be declared by several protobuf services.
    const kept = new Set(same.flatMap((service) => service.options.consumes.map(({ event }) => event)));
    for (const { event } of options.consumes) {
      // An event that is gone is a finding of its own.
      if (kept.has(event) || !after.events.has(event)) continue;
      yield {
        at: serviceDeclaration(now.schema),
        against: serviceDeclaration(schema),
        message: `"${options.name}" no longer consumes ${event}: its cursor or durable consumer stays behind; remove it, and expect a gap if it comes back`,
        consumers: [options.name],
        fields: [],
      };
    }
  }
}
