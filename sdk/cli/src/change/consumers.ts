import type { ContractChange } from "./contract-change.ts";

/** Who handles an event, as far as contracts say. */
export interface Consumers {
  /** Names of the services, sorted. */
  readonly services: readonly string[];
  /** The same in words, to end a message with: who is concerned and whether they said what they read. */
  readonly words: string;
  /** The same in words, of a change that they do not survive. */
  readonly breakWords: string;
}

/** Finds the services that consume an event before or after a change. */
export function consumersOf(change: ContractChange, event: string): Consumers {
  const services = [...readersOf(change, event).keys()].sort();
  if (services.length === 0) return { services, words: "nobody consumes it", breakWords: "nobody consumes it" };
  const consume = services.length === 1 ? "consumes" : "consume";
  return {
    services,
    words: `consumed by ${list(services)}`,
    breakWords: `this breaks ${list(services)}, which ${consume} it`,
  };
}

/** Finds the services that read a field of an event: those that list it, and those that do not say what they read. */
export function readersOfField(change: ContractChange, event: string, path: string): Consumers {
  const all = [...readersOf(change, event)].sort(([left], [right]) => (left < right ? -1 : 1));
  const sure = all.filter(([, fields]) => fields.some((field) => overlaps(field, path))).map(([name]) => name);
  const unsure = all.filter(([, fields]) => fields.length === 0).map(([name]) => name);
  return {
    services: [...sure, ...unsure].sort(),
    words: readerWords([
      [sure, (names) => `read by ${names}`],
      [unsure, (names) => `consumed by ${names}, which may read it: its contract lists no fields`],
    ]),
    breakWords: readerWords([
      [sure, (names) => `this breaks ${names}, which ${sure.length === 1 ? "reads" : "read"} it`],
      [unsure, (names) => `this may break ${names}: its contract lists no fields`],
    ]),
  };
}

function readerWords(groups: readonly (readonly [readonly string[], (names: string) => string])[]): string {
  const words = groups.flatMap(([services, say]) => (services.length > 0 ? [say(list(services))] : []));
  return words.join("; ") || "no consumer reads it";
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
