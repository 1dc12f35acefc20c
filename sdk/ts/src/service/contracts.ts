import type { DescFile, DescMessage, DescService } from "@bufbuild/protobuf";
import { checkContracts } from "../core/contract/check-contracts.ts";
import { formatContractFault } from "../core/contract/contract-fault.ts";
import type { ContractReader } from "../core/contract/contract-reader.ts";
import { type EventContract, isEvent } from "../core/contract/event-contract.ts";
import { isService, type ServiceContract } from "../core/contract/service-contract.ts";
import { ConcordError } from "../core/error.ts";
import type { ServiceDefinition } from "./definition.ts";

/** What the contracts say about one service, found from what it handles and answers. */
export interface ServiceContracts {
  /** Every file within reach, imports included. */
  readonly files: readonly DescFile[];
  /** The service's own contract; undefined for one that no proto service declares. */
  readonly service: ServiceContract | undefined;
  /** Written as the source of its events. */
  readonly source: string;
  /** What it handles, in the order of `on`. */
  readonly handled: readonly EventContract[];
  /** The events and commands that it publishes or sends. */
  readonly published: readonly EventContract[];
}

/**
 * Collects the contracts of a service and checks them.
 * @throws {ConcordError} `invalid_contract` with every fault, each on a line with its file and place.
 */
export function checkedContracts(definition: ServiceDefinition, reader: ContractReader): ServiceContracts {
  const { options, events } = definition;
  const schemas = [...declaredServices(definition), ...events.map(({ schema }) => schema)];
  const faults = checkContracts(new Set(schemas.map(({ file }) => file)), { service: options.name });
  if (faults.length === 0) return collectContracts(definition, reader);
  throw new ConcordError("invalid_contract", faults.map(formatContractFault).join("\n"), { details: { faults } });
}

/**
 * Collects the contracts of a service.
 * @throws {ConcordError} `invalid_contract` when a handled message is no event, or the service's contract does not list it.
 */
export function collectContracts(definition: ServiceDefinition, reader: ContractReader): ServiceContracts {
  const { options, events } = definition;
  const declared = declaredServices(definition);
  const service = findService(options.name, declared, reader);
  const files = withImports([...declared.map(({ file }) => file), ...events.map(({ schema }) => schema.file)]);
  const handled = events.map(({ schema }) => reader.event(schema));
  if (service) refuseUndeclared(service, handled);
  const published = files
    .flatMap((file) => file.messages.filter(isEvent))
    .map((schema) => reader.event(schema))
    .filter(({ kind, owner, type }) => (kind === "event" ? owner === options.name : service?.sends.includes(type)));
  const source = service?.source ?? `/${packageRoot(events[0]?.schema)}/${options.name}`;
  return { files, service, source, handled, published };
}

function declaredServices({ options, rpcs }: ServiceDefinition): readonly DescService[] {
  return [...(options.contract ? [options.contract] : []), ...rpcs.map(({ service }) => service)];
}

function findService(
  name: string,
  declared: readonly DescService[],
  reader: ContractReader,
): ServiceContract | undefined {
  const contracts = declared.filter(isService).map((schema) => reader.service(schema));
  const foreign = contracts.find((contract) => contract.name !== name);
  if (!foreign) return contracts[0];
  const message = `service ${name} answers ${foreign.schema.typeName}, whose contract names it "${foreign.name}"`;
  throw new ConcordError("invalid_contract", message, { details: { file: foreign.schema.file.proto.name } });
}

function refuseUndeclared({ consumes, schema }: ServiceContract, handled: readonly EventContract[]): void {
  const listed = new Set(consumes.map(({ event }) => event));
  const missing = handled.filter(({ type }) => !listed.has(type)).map(({ type }) => `{event: "${type}"}`);
  if (missing.length === 0) return;
  const { name } = schema.file.proto;
  const message = `${name}: ${schema.typeName} handles what its contract does not list; add to consumes: ${missing.join(", ")}`;
  throw new ConcordError("invalid_contract", message, { details: { file: name } });
}

function withImports(roots: readonly DescFile[]): readonly DescFile[] {
  const found = new Map<string, DescFile>();
  const visit = (file: DescFile) => {
    if (found.has(file.proto.name)) return;
    found.set(file.proto.name, file);
    for (const imported of file.dependencies) visit(imported);
  };
  for (const file of roots) visit(file);
  return [...found.values()];
}

function packageRoot(schema: DescMessage | undefined): string {
  return schema?.file.proto.package.split(".")[0] ?? "concord";
}
