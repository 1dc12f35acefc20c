import { type EventContract, eventContract, isEvent } from "../core/contract/event-contract.ts";
import { ConcordError } from "../core/error.ts";
import { noKeyToken } from "../core/key-token.ts";
import type { StoredMessage } from "../core/message.ts";
import { parseSubject, partitionFilter, type SubjectTree, streamName, streamSubjects } from "../core/subject.ts";
import type { MessagePlace } from "./partition-session.ts";
import type { Router } from "./router.ts";

/** A stream as a consumer reads it. */
export interface StreamSource {
  /** Its name in the contract. */
  readonly name: string;
  /** The broker's name. */
  readonly stream: string;
  readonly partitions: number;
  /** Filter of all partitions together. */
  readonly filter: string;
  /** Filter of one partition. */
  filterOf(partition: number): string;
  /** Tells where a message belongs; undefined for a subject that names no partition. */
  placeOf(message: StoredMessage): MessagePlace | undefined;
}

/** Who reads, and where. */
export interface SourceOptions {
  readonly service: string;
  readonly namespace?: string | undefined;
}

/**
 * Lists the streams that a router's handlers need. A stream of which one type is handled is read through a filter of that
 * type; of several, through the partition and the rest skipped, because several filters slow a broker down (trap T36). So
 * does one that leaves nothing out: a stream of a single type is read as a whole (3 times the broker's work, measured).
 * @throws {ConcordError} `config` for a command that belongs to another service.
 */
export function eventSources(router: Router, options: SourceOptions): StreamSource[] {
  const groups = new Map<string, EventContract[]>();
  for (const contract of router.contracts) {
    checkOwner(contract, options);
    const name = `${contract.tree}.${contract.stream}`;
    groups.set(name, [...(groups.get(name) ?? []), contract]);
  }
  return [...groups.values()].map((contracts) => eventSource(router, contracts, options.namespace));
}

/** The stream that brings dead events of this service back; few, so one partition. */
export function redriveSource({ service, namespace }: SourceOptions): StreamSource {
  const filter = streamSubjects("rdr", service, namespace);
  return {
    name: "rdr",
    stream: streamName("rdr", service, namespace),
    partitions: 1,
    filter,
    filterOf: () => filter,
    placeOf: ({ subject }) => ({ partition: 0, lane: laneOf(parseSubject(subject)?.keyToken), isHandled: true }),
  };
}

function eventSource(router: Router, contracts: readonly EventContract[], namespace: string | undefined): StreamSource {
  const { tree, stream, partitions, subjectType } = contracts[0]!;
  const type = contracts.length === 1 && typesOfStream(contracts[0]!) > 1 ? subjectType : undefined;
  return {
    name: stream,
    stream: streamName(tree, stream, namespace),
    partitions,
    filter: wholeFilter(tree, stream, namespace, type),
    filterOf: (partition) => partitionFilter({ namespace, tree, stream }, partition, type),
    placeOf({ subject }) {
      const parts = parseSubject(subject);
      if (!parts || parts.partition >= partitions) return undefined;
      return { partition: parts.partition, lane: laneOf(parts.keyToken), isHandled: router.find(parts) !== undefined };
    },
  };
}

/** As far as the file tells that declares one of them. */
function typesOfStream({ schema, tree, stream }: EventContract): number {
  const contracts = schema.file.messages.filter(isEvent).map(eventContract);
  return contracts.filter((each) => each.tree === tree && each.stream === stream).length;
}

function wholeFilter(tree: SubjectTree, stream: string, namespace: string | undefined, type?: string): string {
  const all = streamSubjects(tree, stream, namespace);
  return type ? `${all.slice(0, -1)}*.*.${type}` : all;
}

function laneOf(keyToken: string | undefined): string | undefined {
  return keyToken === noKeyToken ? undefined : keyToken;
}

function checkOwner({ kind, type, owner }: EventContract, { service }: SourceOptions): void {
  if (kind === "event" || owner === service) return;
  throw new ConcordError("config", `${service} handles the command ${type}, which belongs to ${owner}`);
}
