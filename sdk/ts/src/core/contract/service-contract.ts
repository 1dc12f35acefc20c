import { type DescMethod, type DescService, getOption, hasOption } from "@bufbuild/protobuf";
import { service as serviceOption } from "@concord/gen/concord/event/v1/options_pb.js";
import { ConcordError } from "../error.ts";

/** What the contract says about one service of the system. */
export interface ServiceContract {
  readonly schema: DescService;
  /** The service's name: the owner in the contracts of its events. */
  readonly name: string;
  /** Source of the events that it publishes. Default: `/<first package part>/<name>`. */
  readonly source: string;
  /** The events and commands that it handles. */
  readonly consumes: readonly ConsumedEvent[];
  /** Full names of the commands that it sends. */
  readonly sends: readonly string[];
  /** Full names of the protobuf services whose methods it calls. */
  readonly calls: readonly string[];
  /** Its RPC methods. */
  readonly methods: readonly DescMethod[];
}

/** One event that a service handles. */
export interface ConsumedEvent {
  /** Full name of the event or command. */
  readonly event: string;
  /** Fields that its handler reads. Empty: not said, so all of them count. */
  readonly fields: readonly string[];
}

/** Tells whether a protobuf service is declared as a service of the system. */
export function isService(schema: DescService): boolean {
  return hasOption(schema, serviceOption);
}

/**
 * Reads the contract of a service from its descriptor.
 * @throws {ConcordError} `invalid_contract` when it does not say which service it is.
 */
export function serviceContract(schema: DescService): ServiceContract {
  const options = getOption(schema, serviceOption);
  if (options.name === "") {
    throw new ConcordError(
      "invalid_contract",
      `${schema.typeName} names no service; set option (concord.event.v1.service)`,
    );
  }
  return {
    schema,
    name: options.name,
    source: options.source || `/${schema.file.proto.package.split(".")[0]}/${options.name}`,
    consumes: options.consumes.map(({ event, fields }) => ({ event, fields })),
    sends: options.sends,
    calls: options.calls,
    methods: schema.methods,
  };
}
