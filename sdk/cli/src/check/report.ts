import { findPosition } from "@concord/sdk/contract";
import type { Baseline } from "../image/git-history.ts";
import { createPaint, type Paint } from "../paint.ts";
import type { Verdict } from "../rules/judge.ts";
import type { Severity } from "../rules/rule.ts";
import type { BufSettings } from "./buf-settings.ts";

/** What a run found, in the shape that `--format json` prints. Fields are only ever added. */
export interface Report {
  readonly command: "lint" | "breaking";
  /** What the contracts were compared with; none for lint. */
  readonly against: readonly Baseline[];
  readonly findings: readonly ReportedFinding[];
  readonly errors: number;
  readonly warnings: number;
}

/** One finding; the same of several baselines is told once. */
export interface ReportedFinding {
  readonly rule: string;
  readonly severity: Severity;
  /** Path from the folder of the `buf.yaml`. */
  readonly file: string;
  /** From 1; where the place is gone, where it was. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly message: string;
  readonly consumers: readonly string[];
  readonly fields: readonly string[];
  /** The refs that it was found against. */
  readonly against: readonly string[];
}

/** The ways to print a report. */
export const reportFormats = ["text", "json", "github"] as const;
/** One of the ways to print a report. */
export type ReportFormat = (typeof reportFormats)[number];

/** Verdicts, and what the contracts were compared with to find them. */
export interface Judgement {
  readonly baseline: Baseline | undefined;
  readonly verdicts: readonly Verdict[];
}

/** What a report knows of the workspace. */
export interface ReportedWorkspace {
  /** Where files stand, from the folder of the `buf.yaml`, by the names they are imported by. */
  readonly paths: ReadonlyMap<string, string>;
  readonly settings: BufSettings;
}

/** Makes a report of all judgements, without what the workspace's settings leave out. */
export function createReport(
  command: Report["command"],
  judgements: readonly Judgement[],
  { paths, settings }: ReportedWorkspace,
): Report {
  const found = new Map<string, ReportedFinding>();
  for (const { baseline, verdicts } of judgements) {
    for (const verdict of verdicts) {
      const finding = toFinding(verdict, paths);
      if (settings.leavesOut(verdict, finding.file)) continue;
      const identity = `${finding.file} ${finding.line} ${finding.rule} ${finding.message}`;
      const against = [...(found.get(identity)?.against ?? []), ...(baseline ? [baseline.ref] : [])];
      found.set(identity, { ...finding, against });
    }
  }
  const findings = [...found.values()];
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const against = judgements.flatMap(({ baseline }) => baseline ?? []);
  return { command, against, findings, errors, warnings: findings.length - errors };
}

/** Prints a report, in colours for a terminal; the text ends with a newline unless it is empty. */
export function formatReport(report: Report, format: ReportFormat, isTerminal = false): string {
  if (format === "json") return `${JSON.stringify(report, undefined, 2)}\n`;
  const lines = format === "github" ? report.findings.map(toAnnotation) : toText(report, createPaint(isTerminal));
  return lines.map((line) => `${line}\n`).join("");
}

function toFinding(
  { at, against, rule, severity, message, consumers, fields }: Verdict,
  paths: ReadonlyMap<string, string>,
) {
  const place = at ?? against;
  const { line, column } = (place && findPosition(place)) ?? { line: 1, column: 1 };
  const name = place?.file.proto.name ?? "";
  return { rule, severity, file: paths.get(name) ?? name, line, column, message, consumers, fields, against: [] };
}

function toText({ against, findings, errors, warnings }: Report, paint: Paint): string[] {
  const several = against.length > 1;
  return [
    ...against.map(({ ref, reason }) => `compared with ${ref}: ${reason}`),
    ...findings.flatMap((finding) => [
      `${finding.file}:${finding.line}:${finding.column} ${severity(finding, paint)} ${finding.rule}`,
      `  ${finding.message}`,
      ...(several ? [`  since ${finding.against.at(-1)}`] : []),
    ]),
    findings.length === 0
      ? "nothing found"
      : `errors: ${errors}, warnings: ${warnings}; "concord explain RULE" tells more`,
  ];
}

function severity({ severity }: ReportedFinding, paint: Paint): string {
  return paint(severity === "error" ? "red" : "yellow", severity);
}

/** @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands */
function toAnnotation({ severity, file, line, column, rule, message }: ReportedFinding): string {
  return `::${severity} file=${escapeProperty(file)},line=${line},col=${column},title=${rule}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
