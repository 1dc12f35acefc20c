import { streamName, streamSubjects } from "@concord/sdk";
import type { ServiceContract } from "@concord/sdk/contract";
import type { SystemContracts } from "../system/system-contracts.ts";

/** What one NATS user may do. @see https://docs.nats.io/running-a-nats-service/configuration/securing_nats/authorization */
export interface NatsPermissions {
  readonly publish: { readonly allow: readonly string[]; readonly deny: readonly string[] };
  readonly subscribe: { readonly allow: readonly string[] };
}

/**
 * Derives from the contract what a service must be allowed, and nothing more: to publish the events that it owns, the
 * commands that it declares to send and its dead letters; to read the streams of what it handles through consumers of its
 * own; to make sure of the streams that it needs and to change only those that are its own; to answer its RPC methods and
 * to call those of the services that it declares in `calls`; and to hear replies below `_INBOX.<service>`, where the SDK asks
 * for them. Streams are granted as a whole, for a service with a database reads them so.
 */
export function servicePermissions(
  system: SystemContracts,
  service: ServiceContract,
  namespace?: string,
): NatsPermissions {
  const { name, schema, methods } = service;
  const prefix = namespace ? `${namespace}.` : "";
  const published = system.publishedBy(service);
  const handled = system.handledBy(service);
  const nameOf = (tree: "evt" | "cmd" | "dlq" | "rdr", stream: string) => streamName(tree, stream, namespace);
  const own = new Set([nameOf("dlq", name), nameOf("rdr", name)]);
  for (const { kind, owner, tree, stream } of [...published, ...handled]) {
    if (kind === "event" ? owner === name : stream === name) own.add(nameOf(tree, stream));
  }
  const needed = new Set([...own, ...[...published, ...handled].map(({ tree, stream }) => nameOf(tree, stream))]);
  const read = new Map([[nameOf("rdr", name), streamSubjects("rdr", name, namespace)]]);
  for (const { tree, stream } of handled) read.set(nameOf(tree, stream), streamSubjects(tree, stream, namespace));
  return {
    publish: {
      allow: [
        ...published.map(({ tree, stream, subjectType }) => `${prefix}${tree}.${stream}.*.*.${subjectType}`),
        streamSubjects("dlq", name, namespace),
        ...service.calls.flatMap((called) => callingRights(system, called, prefix)),
        "$JS.API.INFO",
        ...[...needed].flatMap((stream) => [`$JS.API.STREAM.INFO.${stream}`, `$JS.API.STREAM.CREATE.${stream}`]),
        ...[...own].map((stream) => `$JS.API.STREAM.UPDATE.${stream}`),
        ...[...read].flatMap(([stream, subjects]) => readingRights(stream, subjects)),
      ],
      deny: handled.flatMap(({ tree, stream, type, partitions }) =>
        system
          .consumersOf(type)
          .filter((other) => other.name !== name)
          .flatMap((other) => durableRights(nameOf(tree, stream), `${other.name}-${stream}`, partitions)),
      ),
    },
    subscribe: {
      allow: [
        `_INBOX.${name}.>`,
        ...(methods.length > 0 ? [`${prefix}rpc.${schema.typeName}.*`, ...discovery(name)] : []),
      ],
    },
  };
}

/** To call a service, and to tell it how much of a stream was read: at a subject that it draws below its own inbox. */
function callingRights({ services }: SystemContracts, called: string, prefix: string): string[] {
  const callee = services.find(({ schema }) => schema.typeName === called);
  const streams = callee?.methods.some(({ methodKind }) => methodKind !== "unary");
  return [`${prefix}rpc.${called}.*`, ...(callee && streams ? [`_INBOX.${callee.name}.*`] : [])];
}

function readingRights(stream: string, subjects: string): string[] {
  return [
    `$JS.API.CONSUMER.CREATE.${stream}.*.${subjects}`,
    `$JS.API.CONSUMER.INFO.${stream}.*`,
    `$JS.API.CONSUMER.DELETE.${stream}.*`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.*`,
    `$JS.API.STREAM.MSG.GET.${stream}`,
    `$JS.ACK.${stream}.>`,
  ];
}

/** What touches the durables of another service on the same stream, whose names can be guessed. */
function durableRights(stream: string, durable: string, partitions: number): string[] {
  return Array.from({ length: partitions }, (_, partition) => `${stream}.${durable}-${partition}`).flatMap(
    (consumer) => [
      `$JS.API.CONSUMER.*.${consumer}`,
      `$JS.API.CONSUMER.CREATE.${consumer}.>`,
      `$JS.API.CONSUMER.MSG.NEXT.${consumer}`,
      `$JS.ACK.${consumer}.>`,
    ],
  );
}

/** What service tools of NATS ask. */
function discovery(name: string): string[] {
  return ["PING", "INFO", "STATS"].flatMap((verb) => [
    `$SRV.${verb}`,
    `$SRV.${verb}.${name}`,
    `$SRV.${verb}.${name}.*`,
  ]);
}
