import type { ContractSet, Finding } from "@concord/sdk/contract";
import type { ContractChange } from "../change/contract-change.ts";
import type { ChangeFinding } from "../change/finding.ts";

/** How much a finding weighs: an error stops a merge, a warning asks for a look. */
export type Severity = "error" | "warning";

interface RuleBase {
  /** As in `buf.yaml` and in comments that ignore it; also the name of its page in `rules/`. */
  readonly id: string;
  readonly severity: Severity;
  /** What it demands, in one sentence. */
  readonly purpose: string;
}

/** A rule over contracts as they are. */
export interface LintRule extends RuleBase {
  readonly type: "lint";
  readonly find: (set: ContractSet) => Iterable<Finding>;
}

/** A rule over contracts as they were and as they are. */
export interface BreakingRule extends RuleBase {
  readonly type: "breaking";
  readonly find: (change: ContractChange) => Iterable<ChangeFinding>;
}

/** A rule of either kind. */
export type Rule = LintRule | BreakingRule;
