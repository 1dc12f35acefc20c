import { ConcordError, isConcordError } from "../core/error.ts";
import type { ProvisionReport, StreamInspection, StreamSpec } from "../core/transport.ts";
import type { LogFile } from "./log-file.ts";
import type { Streams } from "./streams.ts";
import { filterCovers, filtersOverlap, isFilter } from "./subject-filter.ts";

interface Merged {
  readonly spec: StreamSpec;
  readonly changes: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Makes the missing streams and widens the others, all in one transaction. Limits are only ever raised: what the
 * contract wants smaller is left as it is and reported, since a smaller limit deletes or refuses messages.
 * @throws {ConcordError} `stream_conflict`, `invalid_argument`; then nothing was changed.
 */
export function provision(file: LogFile, streams: Streams, specs: readonly StreamSpec[]): ProvisionReport {
  const changes: string[] = [];
  const warnings: string[] = [];
  const present = new Map([...streams.all()].map((stream) => [stream.name, stream.spec]));
  file.transaction("disk", () => {
    for (const wanted of specs) {
      checkSubjects(wanted, present.values());
      const known = present.get(wanted.name);
      const merged = known ? merge(known, wanted) : { spec: wanted, changes: [created(wanted)], warnings: [] };
      if (!known) streams.create(wanted);
      else if (merged.changes.length > 0) streams.update(merged.spec);
      present.set(wanted.name, merged.spec);
      changes.push(...merged.changes);
      warnings.push(...merged.warnings);
    }
  });
  streams.load();
  return { changes, warnings };
}

/** Compares the streams of a file with wanted ones and changes nothing. */
export function inspect(streams: Streams, wanted: readonly StreamSpec[]): StreamInspection {
  const names = new Set(wanted.map(({ name }) => name));
  return {
    missing: wanted.filter(({ name }) => !streams.find(name)).map(({ name }) => name),
    different: wanted.flatMap((spec) => {
      const known = streams.find(spec.name);
      const differences = known ? differencesOf(known.spec, spec) : [];
      return differences.length > 0 ? [{ stream: spec.name, differences }] : [];
    }),
    unwanted: [...streams.all()].map(({ name }) => name).filter((name) => !names.has(name)),
  };
}

function differencesOf(known: StreamSpec, wanted: StreamSpec): readonly string[] {
  try {
    const { changes, warnings } = merge(known, wanted);
    return [...changes, ...warnings];
  } catch (error) {
    if (isConcordError(error, "stream_conflict")) return [error.message];
    throw error;
  }
}

function created({ name, partitions }: StreamSpec): string {
  return `made the stream ${name} with ${partitions} partitions`;
}

function checkSubjects({ name, subjects }: StreamSpec, present: Iterable<StreamSpec>): void {
  const illegal = subjects.find((subject) => !isFilter(subject));
  if (illegal !== undefined || subjects.length === 0) {
    throw new ConcordError("invalid_argument", `the stream ${name} has no legal subjects`, {
      details: { stream: name },
    });
  }
  for (const other of present) {
    if (other.name === name) continue;
    const clash = subjects.find((subject) => other.subjects.some((taken) => filtersOverlap(subject, taken)));
    if (clash === undefined) continue;
    throw new ConcordError(
      "stream_conflict",
      `the subjects ${clash} of the stream ${name} overlap those of ${other.name}; give one of the two another name`,
      { details: { stream: name, other: other.name, subject: clash } },
    );
  }
}

/** The settings that may grow, with the unit in which a report names them. */
const limits = [
  ["retentionMs", "retention", "ms"],
  ["dedupeWindowMs", "dedupe window", "ms"],
  ["maxBytes", "limit of bytes", "bytes"],
  ["maxMessages", "limit of messages", "messages"],
] as const;

function merge(known: StreamSpec, wanted: StreamSpec): Merged {
  if (known.partitions !== wanted.partitions) throw partitionsDiffer(known, wanted);
  if (known.owner && wanted.owner && known.owner !== wanted.owner) throw ownersDiffer(known);
  const { name } = known;
  const changes: string[] = [];
  const warnings: string[] = [];
  const spec: Record<string, unknown> = { ...known, owner: known.owner ?? wanted.owner };
  if (wanted.owner && !known.owner) changes.push(`recorded the database behind ${name}`);
  for (const [field, label, unit] of limits) {
    const [before, after] = [known[field] ?? Infinity, wanted[field] ?? Infinity];
    if (after > before) {
      spec[field] = wanted[field];
      changes.push(`raised the ${label} of ${name} from ${amount(before, unit)} to ${amount(after, unit)}`);
    } else if (after < before) {
      const kept = `${name} keeps its ${label} of ${amount(before, unit)}`;
      warnings.push(`${kept}: lowering it to ${amount(after, unit)} could lose messages`);
    }
  }
  const added = wanted.subjects.filter((subject) => !known.subjects.some((has) => filterCovers(has, subject)));
  if (added.length > 0) changes.push(`${name} now also keeps ${added.join(", ")}`);
  const left = known.subjects.filter((subject) => !wanted.subjects.some((has) => filterCovers(has, subject)));
  if (left.length > 0) warnings.push(`${name} still keeps ${left.join(", ")}: giving it up could lose messages`);
  spec.subjects = [...known.subjects, ...added];
  return { spec: spec as unknown as StreamSpec, changes, warnings };
}

function amount(value: number, unit: string): string {
  return value === Infinity ? "none" : `${value} ${unit}`;
}

function ownersDiffer({ name }: StreamSpec): ConcordError {
  return new ConcordError(
    "stream_conflict",
    `the stream ${name} belongs to a service of the same name with another database; give one of the two another name or ` +
      "namespace; if the other database is gone, remove the stream",
    { details: { stream: name } },
  );
}

function partitionsDiffer({ name, partitions }: StreamSpec, wanted: StreamSpec): ConcordError {
  return new ConcordError(
    "stream_conflict",
    `the stream ${name} has ${partitions} partitions and cannot get ${wanted.partitions}: keys would change theirs and ` +
      `lose their order; keep ${partitions} in the contract, or drain it and start a stream of another name`,
    { details: { stream: name, partitions, wanted: wanted.partitions } },
  );
}
