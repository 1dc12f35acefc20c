import type { EventContract } from "../core/contract/event-contract.ts";
import { streamContract } from "../core/contract/stream-contract.ts";
import { type SubjectTree, streamName, streamSubjects } from "../core/subject.ts";
import type { StreamSpec } from "../core/transport.ts";
import type { ServiceContracts } from "./contracts.ts";

const dayMs = 86_400_000;
const dedupeWindowMs = 120_000;

/**
 * The streams that one service needs, as its contracts want them: those of the events and commands that it publishes,
 * sends or handles, its dead letters, and its redrives. Every service makes sure of all of them, so that the order in which
 * services start does not matter. The dead letters record the database behind the service's name.
 */
export function streamSpecs(
  name: string,
  { handled, published }: Pick<ServiceContracts, "handled" | "published">,
  { namespace, owner }: { readonly namespace: string | undefined; readonly owner: string | undefined },
): readonly StreamSpec[] {
  const specs = new Map<string, StreamSpec>();
  for (const contract of [...handled, ...published]) {
    const spec = contractSpec(contract, namespace);
    specs.set(spec.name, spec);
  }
  const retentionMs = Math.max(30 * dayMs, ...handled.map(({ deadLetterRetentionMs }) => deadLetterRetentionMs));
  return [
    ...specs.values(),
    { ...ownSpec("dlq", name, { namespace, retentionMs }), owner },
    ownSpec("rdr", name, { namespace, retentionMs }),
  ];
}

function contractSpec({ tree, stream, schema }: EventContract, namespace: string | undefined): StreamSpec {
  const { name: _, ...settings } = streamContract(schema.file);
  return {
    ...settings,
    name: streamName(tree, stream, namespace),
    subjects: [streamSubjects(tree, stream, namespace)],
  };
}

function ownSpec(
  tree: SubjectTree,
  service: string,
  { namespace, retentionMs }: { namespace: string | undefined; retentionMs: number },
): StreamSpec {
  const subjects = [streamSubjects(tree, service, namespace)];
  return { name: streamName(tree, service, namespace), subjects, partitions: 1, retentionMs, dedupeWindowMs };
}
