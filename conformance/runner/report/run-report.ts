import { create } from "@bufbuild/protobuf";
import { type Report, ReportSchema, type Result } from "@concord/gen/concord/conformance/v1/report_pb.js";
import { matchesPath } from "../suite/path-pattern.ts";
import type { TesteeProfile } from "../suite/profile.ts";
import { levels } from "../suite/suites.ts";

/** What a run was, besides its results. */
export interface RunFacts {
  readonly profile: TesteeProfile;
  readonly language: string;
  readonly version: string;
  readonly features: readonly string[];
  readonly seed: bigint;
  readonly servers: readonly string[];
  readonly durationMs: number;
  readonly faults: readonly string[];
}

/** Makes the report: statuses by the known failures, totals, levels that hold. */
export function createReport(facts: RunFacts, results: readonly Result[]): Report {
  for (const result of results) result.status = statusOf(result, facts.profile);
  const count = (status: string) => results.filter((result) => result.status === status).length;
  return create(ReportSchema, {
    testee: {
      name: facts.profile.name,
      language: facts.language,
      version: facts.version,
      features: [...facts.features],
    },
    seed: facts.seed,
    servers: [...facts.servers],
    durationMs: Math.round(facts.durationMs),
    totals: {
      passed: count("passed"),
      failed: count("failed"),
      known: count("known"),
      unexpectedPass: count("unexpected_pass"),
      unsupported: count("unsupported"),
    },
    levels: levelsThatHold(results),
    results: [...results],
    faults: [...facts.faults],
  });
}

function statusOf({ status, path }: Result, { knownFailing }: TesteeProfile): string {
  const isKnown = knownFailing.some(({ pattern }) => matchesPath(pattern, path));
  if (!isKnown || status === "unsupported") return status;
  return status === "passed" ? "unexpected_pass" : "known";
}

/** A level holds when it and all below were run, and nothing of them failed, known or not. */
function levelsThatHold(results: readonly Result[]): string[] {
  const held: string[] = [];
  for (const level of levels) {
    const own = results.filter((result) => result.level === level);
    const ran = own.filter(({ status }) => status !== "unsupported");
    if (ran.length === 0 || ran.some(({ status }) => status !== "passed")) break;
    held.push(level);
  }
  return held;
}

/** Whether nothing is wrong. */
export function isGood({ totals, faults }: Report): boolean {
  return totals!.failed === 0 && totals!.unexpectedPass === 0 && faults.length === 0;
}
