import type { StreamConfig } from "@nats-io/jetstream";
import { millis } from "@nats-io/nats-core";
import { ConcordError } from "../core/error.ts";
import { readMark, type WantedConfig } from "./stream-config.ts";

/** How an existing stream differs from the wanted one. */
export interface StreamDifference {
  /** What to change; empty when nothing. */
  readonly update: Partial<StreamConfig>;
  /** One sentence each. */
  readonly changes: readonly string[];
  readonly warnings: readonly string[];
}

type Limit = "max_age" | "max_bytes" | "max_msgs" | "num_replicas" | "duplicate_window";

const limitNames: Readonly<Record<Limit, string>> = {
  max_age: "retention",
  max_bytes: "limit of bytes",
  max_msgs: "limit of messages",
  num_replicas: "number of replicas",
  duplicate_window: "dedupe window",
};

/**
 * Compares an existing stream with the wanted one. What gets larger is changed, what would get smaller is kept with a
 * warning, for shrinking may delete what somebody has not read.
 * @throws {ConcordError} `stream_conflict` where no change leads from one to the other.
 */
export function compareStreams(existing: StreamConfig, wanted: WantedConfig): StreamDifference {
  refuseConflicts(existing, wanted);
  const update: Partial<StreamConfig> = {};
  const changes: string[] = [];
  const warnings: string[] = [];
  for (const limit of Object.keys(limitNames) as Limit[]) {
    const [before, after] = [existing[limit], wanted[limit]];
    if (ranked(limit, before) === ranked(limit, after)) continue;
    const [was, is] = [shown(limit, before), shown(limit, after)];
    if (ranked(limit, after) < ranked(limit, before)) {
      warnings.push(
        `stream ${wanted.name}: the ${limitNames[limit]} stays ${was}; ${is} is smaller and might delete messages`,
      );
      continue;
    }
    update[limit] = after;
    changes.push(`stream ${wanted.name}: the ${limitNames[limit]} was ${was}, now ${is}`);
  }
  compareSubjects(existing, wanted, { update, changes, warnings });
  if (existing.discard !== wanted.discard) {
    update.discard = wanted.discard;
    changes.push(`stream ${wanted.name}: when full it now refuses new messages instead of dropping old ones`);
  }
  if (readMark(wanted.description)?.owner && !readMark(existing.description)?.owner) {
    update.description = wanted.description ?? "";
    changes.push(`stream ${wanted.name}: the database behind it is recorded`);
  }
  if (wanted.allow_atomic && !existing.allow_atomic) {
    update.allow_atomic = true;
    changes.push(`stream ${wanted.name}: atomic batches are allowed now`);
  }
  return { update, changes, warnings };
}

function compareSubjects(
  existing: StreamConfig,
  wanted: WantedConfig,
  { update, changes, warnings }: { update: Partial<StreamConfig>; changes: string[]; warnings: string[] },
): void {
  const added = wanted.subjects.filter((subject) => !existing.subjects.includes(subject));
  const extra = existing.subjects.filter((subject) => !wanted.subjects.includes(subject));
  if (added.length > 0) {
    update.subjects = [...existing.subjects, ...added];
    changes.push(`stream ${wanted.name}: it now keeps ${added.join(", ")} too`);
  }
  if (extra.length > 0) warnings.push(`stream ${wanted.name}: it goes on keeping ${extra.join(", ")}`);
}

function refuseConflicts(existing: StreamConfig, wanted: WantedConfig): void {
  const { name } = wanted;
  const mark = readMark(existing.description);
  const wish = readMark(wanted.description);
  if (mark === undefined) {
    throw conflict(name, "was not made by Concord and belongs to others", "use a namespace, or remove that stream");
  }
  if (mark.owner && wish?.owner && mark.owner !== wish.owner) {
    throw conflict(
      name,
      "belongs to a service of the same name with another database",
      "give one of the two another name or namespace; if the other database is gone, remove the stream",
    );
  }
  if (mark.partitions !== wish?.partitions) {
    throw conflict(
      name,
      `has ${mark.partitions} partitions and the contract wants ${wish?.partitions}`,
      "keep the number, for keys would change their partition; or drain the stream, remove it and provision it anew",
    );
  }
  for (const setting of ["retention", "storage"] as const) {
    if (existing[setting] === wanted[setting]) continue;
    throw conflict(
      name,
      `has ${setting} "${existing[setting]}" and Concord needs "${wanted[setting]}"`,
      "drain the stream, remove it and provision it anew",
    );
  }
}

function conflict(name: string, fault: string, wayOut: string): ConcordError {
  return new ConcordError("stream_conflict", `stream ${name} ${fault}; ${wayOut}`, { details: { stream: name } });
}

/** Orders the values of a limit: none is the largest. */
function ranked(limit: Limit, value: number): number {
  if (limit === "num_replicas" || limit === "duplicate_window") return value;
  return value <= 0 ? Number.POSITIVE_INFINITY : value;
}

function shown(limit: Limit, value: number): string {
  if (ranked(limit, value) === Number.POSITIVE_INFINITY) return "unlimited";
  return limit === "max_age" || limit === "duplicate_window" ? `${millis(value)} ms` : String(value);
}
