import type { ContractChange } from "./contract-change.ts";

/** Who handles an event, as far as contracts say. */
export interface Consumers {
  /** Names of the services, sorted. */
  readonly services: readonly string[];
  /** The same in words, to end a message with: who is concerned and whether they said what they read. */
  readonly words: string;
}

/** Finds the services that consume an event before or after a change. */
export function consumersOf(change: ContractChange, event: string): Consumers {
  const services = [...readersOf(change, event).keys()].sort();
  return { services, words: services.length === 0 ? "nobody consumes it" : `consumed by ${list(services)}` };
}

/** Finds the services that read a field of an event: those that list it, and those that do not say what they read. */
export function readersOfField(change: ContractChange, event: string, path: string): Consumers {
  const all = [...readersOf(change, event)].sort(([left], [right]) => (left < right ? -1 : 1));
  const sure = all.filter(([, fields]) => fields.some((field) => overlaps(field, path))).map(([name]) => name);
  const unsure = all.filter(([, fields]) => fields.length === 0).map(([name]) => name);
  const words = [
    ...(sure.length > 0 ? [`read by ${list(sure)}`] : []),
    ...(unsure.length > 0 ? [`consumed by ${list(unsure)}, which may read it: its contract lists no fields`] : []),
  ];
  return {
    services: [...sure, ...unsure].sort(),
    words: words.length > 0 ? words.join("; ") : "no consumer reads it",
  };
}

/** The fields that each consuming service lists before or after; none when it lists none on one side. */
function readersOf({ before, after }: ContractChange, event: string): Map<string, readonly string[]> {
  const readers = new Map<string, readonly string[]>();
  for (const { options } of [...before.services, ...after.services]) {
    for (const { event: name, fields } of options.consumes) {
      if (name !== event) continue;
      const known = readers.get(options.name);
      const saysNothing = fields.length === 0 || known?.length === 0;
      readers.set(options.name, saysNothing ? [] : [...(known ?? []), ...fields]);
    }
  }
  return readers;
}

/** Who reads `total` reads `total.minor_units`, and the other way round. */
function overlaps(left: string, right: string): boolean {
  return left === right || left.startsWith(`${right}.`) || right.startsWith(`${left}.`);
}

function list(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
