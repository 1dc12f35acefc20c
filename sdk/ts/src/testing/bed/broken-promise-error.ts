import type { CrashReport } from "../crash/index.ts";
import { formatViolation } from "../history/index.ts";

/** A crash that broke the promise was found; the message has a line for each, with the place of the crash. */
export class BrokenPromiseError extends Error {
  override readonly name = "BrokenPromiseError";
  readonly report: CrashReport;

  constructor(report: CrashReport) {
    const lines = report.findings.flatMap(({ site, violations }) => {
      const place = site ? `${site.point} #${site.nth}` : "no crash";
      return violations.map((violation) => `${place}: ${formatViolation(violation)}`);
    });
    super(lines.join("\n"));
    this.report = report;
  }
}
