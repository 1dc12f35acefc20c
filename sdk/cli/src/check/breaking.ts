import type { CommandRun } from "../command-context.ts";
import { readContracts, readContractsAt } from "../image/contracts.ts";
import { type Baseline, openGitHistory } from "../image/git-history.ts";
import type { ToolOptions } from "../image/run-tool.ts";
import { judgeChange } from "../rules/judge.ts";
import { readBufSettings } from "./buf-settings.ts";
import { chooseBaselines } from "./choose-baselines.ts";
import { createReport, type Report } from "./report.ts";
import { tellReport } from "./tell-report.ts";

/** Prints whom a change of contracts breaks. */
export const run: CommandRun = async ({ options }, context) => {
  const { cwd, signal, now } = context;
  const against = options.against === undefined ? {} : { against: String(options.against) };
  return tellReport(await breaking({ cwd, ...(signal && { signal }), nowMs: now(), ...against }), options, context);
};

/** What contracts are compared with. */
export interface BreakingOptions extends ToolOptions {
  /** A tag, branch or commit. Default: each release whose events a stream may still hold, else the merge base. */
  readonly against?: string;
  /** The time by which releases are too old to matter, in milliseconds since 1970. */
  readonly nowMs: number;
}

/**
 * Judges what a workspace's contracts break, as they are against how they were.
 * @throws {CommandError} when there is no git repository, no such ref, or contracts that do not compile.
 */
export async function breaking({ against, nowMs, ...options }: BreakingOptions): Promise<Report> {
  const history = await openGitHistory(options);
  const asked = against === undefined ? undefined : await history.resolve(against);
  const { registry, paths } = await readContracts(options);
  const baselines: Baseline[] =
    asked === undefined
      ? await chooseBaselines(registry.files, history, nowMs)
      : [{ ref: against!, commit: asked, reason: "asked for by --against" }];
  const judgements = await Promise.all(
    baselines.map(async (baseline) => {
      const before = await readContractsAt(baseline.commit, options);
      return { baseline, verdicts: judgeChange(before, registry) };
    }),
  );
  return createReport("breaking", judgements, { paths, settings: await readBufSettings(options.cwd, "breaking") });
}
