import type { Step } from "@concord/gen/concord/conformance/v1/step_pb.js";
import { RequestSchema } from "@concord/gen/concord/conformance/v1/testee_pb.js";
import { rpcClaims } from "./rpc-claims.ts";
import { type Act, actName, withInner } from "./step-form.ts";
import type { LoadedCase } from "./suites.ts";

/** Ops that every testee has, so that nobody claims them. */
const given = new Set(["hello", "quit"]);

/** Names of all ops that can be claimed. */
export const opNames: ReadonlySet<string> = new Set(
  RequestSchema.oneofs[0]!.fields.map((field) => field.name).filter((name) => !given.has(name)),
);

/** Claims that hold for axes, whether or not a run has cases with them. */
export const axisClaims: readonly string[] = [
  ...["env", "ce-json", "ce-binary", "ce-proto", "nats-pubsub", "json", "data-json"].map((mode) => `mode=${mode}`),
  ...["db=postgres", "db=sqlite", "tr=embedded", "order=none"],
];

/** Axes whose values are claimed, and the only claims of their axis that need none. */
const claimedAxes: Readonly<Record<string, (value: string) => boolean>> = {
  mode: () => true,
  db: () => true,
  tr: (value) => value === "embedded",
};

/** The claims that a case needs with these axes: its ops, its modes and transports, and what it names itself. */
export function neededFeatures(
  { definition, level, suite }: LoadedCase,
  steps: readonly Step[],
  axes: Readonly<Record<string, string>>,
  vectorOps: (file: string, ids: string) => readonly string[],
): string[] {
  const acts = steps.flatMap(withInner).map((step) => step.act as Act);
  const ops = acts.flatMap((act) => opsOf(act, vectorOps)).filter((name) => opNames.has(name) || name.includes("="));
  const values = Object.entries(axes).filter(([name, value]) => claimedAxes[name]?.(value));
  const basis = level === "L0" ? [] : ["configure", ...(definition.bare || level === "R" ? [] : ["provision"])];
  const configured = [
    suite.configure,
    definition.configure,
    ...Object.values(definition.testees).map((each) => each.configure),
  ];
  const unordered = configured.some((each) => each?.order === "none") ? ["order=none"] : [];
  const all = [
    ...basis,
    ...ops,
    ...values.map(([name, value]) => `${name}=${value}`),
    ...definition.features,
    ...unordered,
  ];
  return [...new Set(all)].sort();
}

function opsOf(act: Act, vectorOps: (file: string, ids: string) => readonly string[]): readonly string[] {
  const mode = (name: string) => (name && name !== "0" ? [`mode=${name}`] : []);
  switch (act.case) {
    case "outbox":
      return ["outbox_begin", "outbox_publish", "outbox_commit"];
    case "encode":
      return ["encode", ...mode(act.value.mode)];
    case "vectors":
      return [...(act.value.dir ? [act.value.dir] : vectorOps(act.value.file, act.value.ids)), ...mode(act.value.mode)];
    case "fuzz":
      return act.value.about.case === "envelopes"
        ? ["encode", "decode", ...mode(act.value.about.value)]
        : ["subject_of", "partition_of"];
    case "rpc":
    case "http":
    case "peer":
      return rpcClaims(act);
    default:
      return [actName(act)];
  }
}
