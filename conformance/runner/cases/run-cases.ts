import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Result } from "@concord/gen/concord/conformance/v1/report_pb.js";
import type { Permutation } from "../suite/permutations.ts";
import { describe, runCase } from "./run-case.ts";
import type { RunEnvironment } from "./run-environment.ts";

/** How cases are run. */
export interface RunCasesOptions {
  readonly environment: RunEnvironment;
  /** What the testee claims. */
  readonly features: readonly string[];
  /** Cases at once. */
  readonly jobs: number;
  /** Where wire logs go. */
  readonly out: string;
  readonly keepLogs: boolean;
  readonly onResult: (result: Result) => void;
  readonly signal: AbortSignal;
}

/** Runs permutations, so many at once, and gives their results in their order. */
export async function runCases(permutations: readonly Permutation[], options: RunCasesOptions): Promise<Result[]> {
  const claimed = new Set(options.features);
  const results: Result[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < permutations.length && !options.signal.aborted; index = next++) {
      const permutation = permutations[index]!;
      const missing = permutation.features.filter((name) => !claimed.has(name));
      results[index] =
        missing.length > 0 ? unsupported(permutation, missing) : await runOne(permutation, index, options);
      options.onResult(results[index]!);
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, work));
  return results.filter(Boolean);
}

function unsupported(permutation: Permutation, missing: readonly string[]): Result {
  return Object.assign(describe(permutation), { status: "unsupported", missing: [...missing] });
}

async function runOne(
  permutation: Permutation,
  index: number,
  { environment, out, keepLogs }: RunCasesOptions,
): Promise<Result> {
  const { result, log } = await runCase(environment, permutation, index);
  if (result.status === "passed" && !keepLogs) return result;
  await mkdir(out, { recursive: true });
  const file = join(out, `${permutation.path.replace(/[^A-Za-z0-9.=-]+/g, "_")}.ndjson`);
  await writeLog(file, log);
  result.wireLog = relative(process.cwd(), file) || file;
  return result;
}

/** Writes a log, one entry a line. */
export async function writeLog(file: string, entries: readonly unknown[]): Promise<void> {
  await writeFile(file, entries.map((entry) => `${JSON.stringify(entry, jsonSafe)}\n`).join(""));
}

function jsonSafe(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
