import { type DescFile, type DescMessage, type DescService, getOption, hasOption } from "@bufbuild/protobuf";
import {
  EventKind,
  type EventOptions,
  event,
  type ServiceOptions,
  type StreamOptions,
  service as serviceOption,
  stream,
} from "@concord/gen/concord/event/v1/options_pb.js";
import type { Validate } from "../validate.ts";

/** An event or command as its contract is written, defaults not applied. */
export interface DeclaredEvent {
  readonly schema: DescMessage;
  readonly options: EventOptions;
  readonly isCommand: boolean;
}

/** The contracts that are judged together. */
export interface ContractSet {
  /** The files asked for and all they import. */
  readonly files: readonly DescFile[];
  readonly messages: ReadonlyMap<string, DescMessage>;
  readonly events: ReadonlyMap<string, DeclaredEvent>;
  readonly services: readonly { readonly schema: DescService; readonly options: ServiceOptions }[];
  readonly streams: readonly { readonly file: DescFile; readonly options: StreamOptions }[];
  /** Enforces the rules of fields, where the set is judged with them. */
  readonly validate: Validate | undefined;
  /** Tells whether a name that the set lacks does not exist, as far as this service's declarations go. */
  judgesNames(service: string, name: string): boolean;
  /** The files are all contracts of the system. */
  readonly complete: boolean;
}

/** How much of a system a {@link ContractSet} holds, and what it is judged with. */
export interface ContractSetOptions {
  /**
   * The files are all contracts of the system, so that a name missing in them does not exist. Default false: they are
   * the files that one service uses.
   */
  readonly complete?: boolean;
  /** The service that uses the files. It has loaded every package that it reads, so its names are judged. */
  readonly service?: string;
  /** Enforces field rules; then a key field that they let be empty is a fault. Default: not judged. */
  readonly validate?: Validate;
}

/** Collects the declarations of some files and of all that they import. */
export function createContractSet(files: Iterable<DescFile>, options: ContractSetOptions = {}): ContractSet {
  const all = withImports(files);
  const packages = new Set(all.map((file) => file.proto.package));
  const messages = all.flatMap((file) => file.messages.flatMap(withNested));
  return {
    files: all,
    messages: new Map(messages.map((message) => [message.typeName, message])),
    events: new Map(messages.filter((message) => hasOption(message, event)).map(toDeclaredEvent)),
    services: all
      .flatMap((file) => file.services)
      .filter((schema) => hasOption(schema, serviceOption))
      .map((schema) => ({ schema, options: getOption(schema, serviceOption) })),
    streams: all.filter((file) => hasOption(file, stream)).map((file) => ({ file, options: getOption(file, stream) })),
    validate: options.validate,
    complete: options.complete === true,
    judgesNames: (service, name) =>
      options.complete === true || (service === options.service && packages.has(name.slice(0, name.lastIndexOf(".")))),
  };
}

function withImports(files: Iterable<DescFile>): DescFile[] {
  const byName = new Map<string, DescFile>();
  const add = (file: DescFile): void => {
    if (byName.has(file.proto.name)) return;
    byName.set(file.proto.name, file);
    file.dependencies.forEach(add);
  };
  for (const file of files) add(file);
  return [...byName.values()];
}

function withNested(message: DescMessage): DescMessage[] {
  return [message, ...message.nestedMessages.flatMap(withNested)];
}

function toDeclaredEvent(schema: DescMessage): [string, DeclaredEvent] {
  const options = getOption(schema, event);
  return [schema.typeName, { schema, options, isCommand: options.kind === EventKind.COMMAND }];
}
