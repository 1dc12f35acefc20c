import type { FileRegistry } from "@bufbuild/protobuf";
import { createContractSet, type Declaration } from "@concord/sdk/contract";
import { createContractChange } from "../change/contract-change.ts";
import { catalogue } from "./catalogue.ts";
import type { BreakingRule, LintRule, Rule, Severity } from "./rule.ts";

/** What a rule found at one place. */
export interface Verdict {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  /** The place as it is now; unset when it is gone with its file. */
  readonly at: Declaration | undefined;
  /** The place as it was; unset for lint and for what is new. */
  readonly against: Declaration | undefined;
  /** Names of the services that a change concerns, sorted; none for lint. */
  readonly consumers: readonly string[];
  /** Dotted paths of the fields that a change concerns. */
  readonly fields: readonly string[];
}

/** How contracts are linted. */
export interface LintOptions {
  /** The files are all contracts of the system, so that a name they lack does not exist. Default true. */
  readonly complete?: boolean;
  /** Rules to run. Default: all. */
  readonly isWanted?: (rule: Rule) => boolean;
}

/** Judges contracts as they are, in the order of files and lines. */
export async function judgeContracts(contracts: FileRegistry, options: LintOptions = {}): Promise<Verdict[]> {
  const { complete = true, isWanted = () => true } = options;
  const wanted = catalogue.filter((rule): rule is LintRule => rule.type === "lint" && isWanted(rule));
  if (wanted.length === 0) return [];
  // Only lint evaluates field rules, and their engine takes longer to load than everything else.
  const { createValidation } = await import("@concord/sdk");
  const set = createContractSet(contracts.files, { complete, validate: createValidation() });
  return wanted
    .flatMap(({ id, severity, find }) =>
      [...find(set)].map((finding) => ({
        against: undefined,
        consumers: [],
        fields: [],
        ...finding,
        rule: id,
        severity,
      })),
    )
    .sort(byPlace);
}

/** Judges the change of contracts from one state to another, in the order of files and lines. */
export function judgeChange(
  before: FileRegistry,
  after: FileRegistry,
  isWanted: (rule: Rule) => boolean = () => true,
): Verdict[] {
  const change = createContractChange(before.files, after.files);
  return catalogue
    .filter((rule): rule is BreakingRule => rule.type === "breaking" && isWanted(rule))
    .flatMap(({ id, severity, find }) => [...find(change)].map((finding) => ({ ...finding, rule: id, severity })))
    .sort(byPlace);
}

function byPlace(left: Verdict, right: Verdict): number {
  const [a, b] = [left.at ?? left.against, right.at ?? right.against];
  return (
    compareText(a?.file.proto.name ?? "", b?.file.proto.name ?? "") ||
    comparePaths(a?.path ?? [], b?.path ?? []) ||
    compareText(left.rule, right.rule)
  );
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

function comparePaths(left: readonly number[], right: readonly number[]): number {
  const at = left.findIndex((part, index) => part !== right[index]);
  return at < 0 ? left.length - right.length : left[at]! - (right[at] ?? -1);
}
