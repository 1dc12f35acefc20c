import { toJsonString } from "@bufbuild/protobuf";
import { type Report, ReportSchema, type Result } from "@concord/gen/concord/conformance/v1/report_pb.js";
import { reportText } from "./text.ts";

/** How reports can be printed. */
export const formats = {
  text: reportText,
  json: (report: Report) =>
    toJsonString(ReportSchema, report, { prettySpaces: 2, useProtoFieldName: true, alwaysEmitImplicit: true }),
  junit: reportJunit,
  markdown: (report: Report) => reportMarkdown([report]),
} as const satisfies Record<string, (report: Report) => string>;

/** Name of a format. */
export type Format = keyof typeof formats;

function reportJunit(report: Report): string {
  const { totals, results } = report;
  const groups = Map.groupBy(results, ({ level, group }) => `${level}.${group}`);
  const counts = (all: readonly Result[]) =>
    `tests="${all.length}" failures="${all.filter(isBad).length}" skipped="${all.filter(({ status }) => status === "unsupported").length}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${xml(report.testee!.name)}" ${counts(results)} errors="${report.faults.length}" time="${report.durationMs / 1000}">`,
    ...[...groups].flatMap(([name, all]) => [
      `  <testsuite name="${xml(name)}" ${counts(all)}>`,
      ...all.map((result) => junitCase(name, result)),
      "  </testsuite>",
    ]),
    ...(totals!.failed + report.faults.length > 0
      ? report.faults.map((fault) => `  <!-- ${xml(fault).replaceAll("--", "- -")} -->`)
      : []),
    "</testsuites>",
  ].join("\n");
}

function isBad({ status }: Result): boolean {
  return status === "failed" || status === "unexpected_pass";
}

function junitCase(suite: string, result: Result): string {
  const open = `    <testcase classname="${xml(suite)}" name="${xml(result.path)}" time="${result.durationMs / 1000}"`;
  if (result.status === "unsupported")
    return `${open}><skipped message="${xml(`not claimed: ${result.missing.join(", ")}`)}"/></testcase>`;
  if (!isBad(result)) return `${open}/>`;
  const message =
    result.status === "failed"
      ? `expected ${result.expected}; observed ${result.observed}`
      : "passes although known to fail";
  return `${open}><failure message="${xml(message)}">${xml(result.rule)} (${xml(result.see)})</failure></testcase>`;
}

function xml(text: string): string {
  const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  // XML 1.0 has no way to write most control characters.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out.
  return text.replace(/[&<>"]/g, (char) => escapes[char]!).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "�");
}

/** A matrix of groups and testees, for documents. */
export function reportMarkdown(reports: readonly Report[]): string {
  const groups = [...new Set(reports.flatMap(({ results }) => results.map(({ level, group }) => `${level} ${group}`)))];
  return [
    `| group | ${reports.map(({ testee }) => testee!.name).join(" | ")} |`,
    `|---|${reports.map(() => "---|").join("")}`,
    ...groups.map((group) => `| ${group} | ${reports.map((report) => markdownCell(report, group)).join(" | ")} |`),
    `| levels that hold | ${reports.map(({ levels }) => levels.join(" ") || "none").join(" | ")} |`,
  ].join("\n");
}

function markdownCell({ results }: Report, group: string): string {
  const own = results.filter((result) => `${result.level} ${result.group}` === group);
  const of = (status: string) => own.filter((result) => result.status === status).length;
  const parts = [
    [of("passed"), "passed"],
    [of("failed"), "**failed**"],
    [of("known"), "known"],
    [of("unexpected_pass"), "**unexpected pass**"],
    [of("unsupported"), "unsupported"],
  ] as const;
  return (
    parts
      .filter(([count]) => count > 0)
      .map(([count, text]) => `${count} ${text}`)
      .join(", ") || "-"
  );
}
