import type { Axis } from "@concord/gen/concord/conformance/v1/suite_pb.js";
import { neededFeatures } from "./features.ts";
import { expand } from "./placeholders.ts";
import { readStep, spoilsProcess } from "./step-form.ts";
import { SuiteError } from "./suite-error.ts";
import { type LoadedCase, levels } from "./suites.ts";
import { withAxes } from "./with-axes.ts";

/** One case with one value for each of its axes: what is run. */
export interface Permutation {
  readonly case: LoadedCase;
  readonly level: string;
  readonly group: string;
  readonly id: string;
  readonly slug: string;
  readonly axes: Readonly<Record<string, string>>;
  /** `level/group/id/axis=value/...` */
  readonly path: string;
  /** Claims without which it is not run, sorted. */
  readonly features: readonly string[];
  /** Label of the server it runs on; undefined for L0 and the embedded transport. */
  readonly server: string | undefined;
  readonly embedded: boolean;
  /** Its processes, and what they talk to, are its own. */
  readonly ownProcess: boolean;
}

/** What a run offers. */
export interface Offer {
  /** Labels of the servers, the first for cases that do not ask: `newest`, `2.9.10`. */
  readonly servers: readonly string[];
  /** Whether the embedded transport is run too. */
  readonly embedded: boolean;
  /** Operations of the vectors in a file, those whose ids fit. */
  readonly vectorOps: (file: string, ids: string) => readonly string[];
}

/** Makes all permutations, in the order of levels, then of the suites. */
export function permute(cases: readonly LoadedCase[], offer: Offer): Permutation[] {
  const all = cases.flatMap((loaded) =>
    combinations(axesOf(loaded, offer)).map((axes) => toPermutation(loaded, axes, offer)),
  );
  const repeated = all.find(({ path }, index) => all.findIndex((each) => each.path === path) !== index);
  if (repeated) throw new SuiteError(`${repeated.path} stands in two suites`);
  return all.sort((left, right) => levels.indexOf(left.level as never) - levels.indexOf(right.level as never));
}

/** The suite's axes, replaced and followed by the case's; an empty one is gone. */
function axesOf({ suite, definition }: LoadedCase, offer: Offer): Axis[] {
  const own = new Map(definition.axes.map((axis) => [axis.name, axis]));
  const merged = suite.axes.map((axis) => own.get(axis.name) ?? axis);
  const added = definition.axes.filter((axis) => !suite.axes.some(({ name }) => name === axis.name));
  return [...merged, ...added]
    .map((axis) => ({ ...axis, values: axis.values.flatMap((value) => valuesOf(axis.name, value, offer)) }))
    .filter((axis, index) => axis.values.length > 0 || [...merged, ...added][index]!.values.length > 0);
}

function valuesOf(name: string, value: string, { servers, embedded }: Offer): readonly string[] {
  if (name === "srv" && value === "all") return servers;
  if (name === "srv") return servers.filter((label) => label === value || (value === "oldest" && label !== "newest"));
  if (name !== "tr") return [value];
  if (value === "srv") return servers;
  return embedded ? [value] : [];
}

function combinations(axes: readonly Axis[]): Record<string, string>[] {
  return axes.reduce<Record<string, string>[]>(
    (done, { name, values }) => done.flatMap((each) => values.map((value) => ({ ...each, [name]: value }))),
    [{}],
  );
}

/** Calls need no broker unless a case asks for one. */
function defaultServer(level: string, { servers }: Offer): string | undefined {
  return level === "R" ? undefined : servers[0];
}

function toPermutation(loaded: LoadedCase, axes: Record<string, string>, offer: Offer): Permutation {
  const { suite, definition, level } = loaded;
  const parts = Object.entries(axes).map(([name, value]) => `${name}=${value}`);
  const steps = [...loaded.given, ...loaded.then].map((step) => readStep(expand(step, withAxes(axes))));
  const embedded = axes.tr === "embedded";
  return {
    case: loaded,
    level,
    group: suite.group,
    id: definition.id,
    slug: definition.slug,
    axes,
    path: [level, suite.group, definition.id, ...parts].join("/"),
    features: neededFeatures(loaded, steps, axes, offer.vectorOps),
    server: level === "L0" || embedded ? undefined : (axes.srv ?? axes.tr ?? defaultServer(level, offer)),
    embedded,
    ownProcess:
      definition.ownProcess || definition.ownBroker !== undefined || steps.some(({ act }) => spoilsProcess(act)),
  };
}
