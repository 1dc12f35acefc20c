import type { Report, Result } from "@concord/gen/concord/conformance/v1/report_pb.js";

/** One failure as a block: what was expected, what was observed, where to look. */
export function failureText(
  result: Result,
  { name, version }: { name: string; version: string },
  seed: bigint,
): string {
  const axes = Object.entries(result.axes).map(([axis, value]) => `${axis}=${value}`);
  const title = `✗ ${result.level} ${result.group}/${result.id}-${result.slug}${axes.length > 0 ? ` [${axes.join(" ")}]` : ""}`;
  const lines = [
    `${title}  testee: ${[name, version].filter(Boolean).join(" ")}  seed ${seed}`,
    `  expected  ${result.expected}    ${result.rule}`,
    `  observed  ${result.observed.replace(/\n/g, "\n            ")}`,
    ...(result.testeeFault ? [`  testee    ${result.testeeFault}`] : []),
    `  step      ${result.step}`,
    ...(result.wireLog ? [`  wire log  ${result.wireLog}`] : []),
    `  see       ${result.see}`,
  ];
  return lines.join("\n");
}

const marks: Readonly<Record<string, string>> = { failed: "✗", unexpected_pass: "!" };

/** The whole report for a terminal: failures first, then one line for each group, then the sum. */
export function reportText(report: Report): string {
  const testee = report.testee!;
  const bad = report.results.filter(({ status }) => status in marks);
  return [
    ...bad.map((result) =>
      result.status === "failed"
        ? failureText(result, testee, report.seed)
        : `! ${result.path} passes although it is known to fail: take it off the list`,
    ),
    ...report.faults.map((fault) => `✗ ${fault}`),
    ...(bad.length + report.faults.length > 0 ? [""] : []),
    ...groupLines(report),
    "",
    sumText(report),
  ].join("\n");
}

function groupLines({ results }: Report): string[] {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const name = `${result.level.padEnd(3)}${result.group}`;
    groups.set(name, [...(groups.get(name) ?? []), result]);
  }
  return [...groups].map(([name, all]) => {
    const of = (status: string) => all.filter((result) => result.status === status).length;
    const bad = of("failed") + of("unexpected_pass");
    const parts = [`${of("passed")} passed`, ...others(of)];
    return `${bad > 0 ? "✗" : of("passed") > 0 ? "✓" : "-"} ${name.padEnd(18)} ${parts.join(", ")}`;
  });
}

function others(of: (status: string) => number): string[] {
  return [
    ["failed", "failed"],
    ["unexpected_pass", "passed unexpectedly"],
    ["known", "known to fail"],
    ["unsupported", "unsupported"],
  ]
    .filter(([status]) => of(status!) > 0)
    .map(([status, text]) => `${of(status!)} ${text}`);
}

function sumText({ testee, totals, levels, servers, durationMs, seed }: Report): string {
  const { passed, failed, known, unexpectedPass, unsupported } = totals!;
  const parts = [`${passed} passed`, `${failed} failed`];
  if (known > 0) parts.push(`${known} known to fail`);
  if (unexpectedPass > 0) parts.push(`${unexpectedPass} passed unexpectedly`);
  if (unsupported > 0) parts.push(`${unsupported} unsupported`);
  const where = servers.length > 0 ? ` on ${servers.join(", ")}` : "";
  const held = levels.length > 0 ? `; holds ${levels.join(" ")}` : "";
  const who = [testee!.name, testee!.version].filter(Boolean).join(" ");
  return `${who}: ${parts.join(", ")} in ${(durationMs / 1000).toFixed(1)} s${where}, seed ${seed}${held}`;
}
