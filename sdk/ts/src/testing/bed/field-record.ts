import type { DescMessage, DescService } from "@bufbuild/protobuf";
import { isService, serviceContract } from "../../core/contract/service-contract.ts";
import { ConcordError } from "../../core/error.ts";
import { createService } from "../../service/index.ts";
import { watchMessage } from "./watch-message.ts";
import type { TestedService } from "./witness.ts";

/**
 * What the handlers of services read of the events that they get, beside what the services' contracts say by the `fields`
 * of their `consumes`. A service that lists no fields of an event is held to none.
 */
export interface FieldRecord {
  /** Dotted paths of what a service has read of an event so far, sorted: what its `consumes` should list. */
  of(service: string, schema: DescMessage): readonly string[];
  /**
   * Holds what was read against the lists. A bed does so whenever it has settled.
   * @throws {ConcordError} `invalid_contract` naming each field that was read and is not listed.
   */
  checkReads(): void;
  /**
   * Holds the lists against what was read, too. To be called in the last test, for one alone hardly reads all.
   * @throws {ConcordError} `invalid_contract` naming each field that was read and is not listed, and each that is listed and
   *   was not read.
   */
  check(): void;
  /** Gives the same service, whose handlers are watched. Beds do so with theirs. */
  watch(service: TestedService): TestedService;
}

/** One event that a service consumes. */
interface Consumption {
  readonly service: string;
  readonly type: string;
  /** As its contract lists them. */
  readonly listed: readonly string[];
  readonly read: Set<string>;
}

/** Makes a record of reads; several beds may write to one, and their tests then count together. */
export function createFieldRecord(): FieldRecord {
  const record = new Map<string, Consumption>();
  const keyOf = (service: string, type: string) => `${service} ${type}`;
  const faults = (find: (each: Consumption) => string[]) => [...record.values()].flatMap(find);
  return {
    of: (service, { typeName }) => [...(record.get(keyOf(service, typeName))?.read ?? [])].sort(),
    checkReads: () => refuse(faults(unlisted)),
    check: () => refuse([...faults(unlisted), ...faults(unread)]),
    watch(service) {
      const lists = listsOf(service);
      const watched = new Set([...lists.keys(), ...service.definition.events.map(({ schema }) => schema.typeName)]);
      for (const type of watched) {
        const key = keyOf(service.name, type);
        const listed = lists.get(type) ?? [];
        record.set(key, { service: service.name, type, listed, read: record.get(key)?.read ?? new Set() });
      }
      return watchHandlers(service, (type, path) => record.get(keyOf(service.name, type))?.read.add(path));
    },
  };
}

function watchHandlers(
  { definition: { options, events, rpcs, jobs } }: TestedService,
  note: (type: string, path: string) => void,
): TestedService {
  const copy = createService<unknown, unknown>(options);
  for (const { schema, handler } of events) {
    const noteField = (path: string) => note(schema.typeName, path);
    copy.on(schema, (context) => handler({ ...context, data: watchMessage(schema, context.data, noteField) }));
  }
  for (const { service, implementation } of rpcs) copy.rpc(service, implementation as never);
  for (const { everyMs, name, run } of jobs) copy.every(everyMs, name, run);
  return copy as unknown as TestedService;
}

/** The fields that a service's contract lists, by the event's full name. */
function listsOf({ definition: { options, rpcs } }: TestedService): ReadonlyMap<string, readonly string[]> {
  const declared: readonly DescService[] = [
    ...(options.contract ? [options.contract] : []),
    ...rpcs.map(({ service }) => service),
  ];
  const own = declared.find((each) => isService(each) && serviceContract(each).name === options.name);
  const consumes = own ? serviceContract(own).consumes : [];
  return new Map(consumes.map(({ event, fields }) => [event, fields]));
}

function unlisted({ service, type, listed, read }: Consumption): string[] {
  if (listed.length === 0) return [];
  // Who may read `total` may read `total.currency`, and passes by `total` on the way there.
  const isListed = (path: string) => listed.some((each) => isWithin(path, each) || isWithin(each, path));
  const missing = [...read].filter((path) => !isListed(path)).sort();
  return missing.map((path) => `${service} reads ${path} of ${type}; add it to the fields of its "consumes"`);
}

function unread({ service, type, listed, read }: Consumption): string[] {
  const surplus = listed.filter((path) => ![...read].some((each) => isWithin(each, path)));
  return surplus.map(
    (path) =>
      `${service} lists ${path} of ${type}, but no handler has read it; take it out of "consumes", or test what reads it`,
  );
}

function isWithin(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}.`);
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new ConcordError("invalid_contract", faults.join("\n"), { details: { faults } });
}
