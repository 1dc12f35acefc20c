import type { DescMessage, DescService, FileRegistry } from "@bufbuild/protobuf";
import { type ContractReader, createContractReader, type EventContract } from "@concord/sdk";
import { type ContractSet, createContractSet, type ServiceContract } from "@concord/sdk/contract";
import { CommandError, exitCodes } from "../command-error.ts";
import { readContracts } from "../image/contracts.ts";
import type { ToolOptions } from "../image/run-tool.ts";
import { nearest } from "./nearest.ts";

/** All contracts of a system, looked up by name. */
export interface SystemContracts {
  readonly registry: FileRegistry;
  readonly set: ContractSet;
  readonly reader: ContractReader;
  /** Events and commands, sorted by name. */
  readonly events: readonly EventContract[];
  /** Sorted by name. */
  readonly services: readonly ServiceContract[];
  /** @throws {CommandError} when there is none of this name; the message suggests the nearest. */
  event(type: string): EventContract;
  /** @throws {CommandError} when there is none of this name; the message suggests the nearest. */
  service(name: string): ServiceContract;
  /** What a service publishes and sends. */
  publishedBy(service: ServiceContract): readonly EventContract[];
  /** What a service handles. */
  handledBy(service: ServiceContract): readonly EventContract[];
  /** The services that handle an event. */
  consumersOf(type: string): readonly ServiceContract[];
}

/**
 * Compiles and reads the contracts of the workspace in a folder.
 * @throws {CommandError} when they do not compile.
 */
export async function readSystem({ cwd, signal }: ToolOptions): Promise<SystemContracts> {
  const { registry } = await readContracts({ cwd, ...(signal && { signal }) });
  return toSystem(registry);
}

/**
 * Reads compiled contracts as those of one system.
 * @param isWanted tells of a package whether its events and services count. Default: all do.
 */
export function toSystem(registry: FileRegistry, isWanted: (name: string) => boolean = () => true): SystemContracts {
  const set = createContractSet(registry.files, { complete: true });
  const reader = createContractReader();
  const isChosen = ({ schema }: { readonly schema: DescMessage | DescService }) => isWanted(schema.file.proto.package);
  const contracts = [...set.events.values()].filter(isChosen).map(({ schema }) => reader.event(schema));
  const events = new Map(contracts.map((contract) => [contract.type, contract]));
  const declared = set.services.filter(isChosen).map(({ schema }) => reader.service(schema));
  const services = new Map(declared.map((service) => [service.name, service]));
  return {
    registry,
    set,
    reader,
    events: sorted(events),
    services: sorted(services),
    event: (type) => events.get(type) ?? unknown("event or command", type, events.keys()),
    service: (name) => services.get(name) ?? unknown("service", name, services.keys()),
    publishedBy: ({ name, sends }) =>
      sorted(events).filter(({ kind, owner, type }) => (kind === "event" ? owner === name : sends.includes(type))),
    handledBy: ({ consumes }) => consumes.flatMap(({ event }) => events.get(event) ?? []),
    consumersOf: (type) => sorted(services).filter(({ consumes }) => consumes.some(({ event }) => event === type)),
  };
}

function sorted<Value>(named: ReadonlyMap<string, Value>): Value[] {
  return [...named].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, value]) => value);
}

function unknown(what: string, name: string, known: Iterable<string>): never {
  const like = nearest(name, known);
  const advice = like ? `did you mean ${like}?` : `"concord list" tells which there are`;
  throw new CommandError(exitCodes.wrongUse, `the contracts know no ${what} "${name}"; ${advice}`);
}
