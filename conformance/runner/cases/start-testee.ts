import type { TesteeReport } from "@concord/gen/concord/conformance/v1/testee_report_pb.js";
import type { CaseContext, CaseTestee } from "../context/case-context.ts";
import { residentBytes } from "../expectations/processes.ts";
import { noteEnd, noteStart } from "../rpc/served-calls.ts";
import type { Setup } from "./setup.ts";

const configureDeadlineMs = 10_000;

/** Starts or borrows a process, and configures it. */
export async function startIn({ environment, undo }: Setup, context: CaseContext, testee: CaseTestee): Promise<void> {
  const { permutation, log } = context;
  const pool = environment.pool(permutation.case.definition.testees[testee.name]?.profile ?? "");
  const process = await (permutation.ownProcess ? pool.startOwn() : pool.acquire());
  testee.process = process;
  undo.push(async (failed) => {
    if (permutation.ownProcess || failed) return process.kill();
    if (permutation.level !== "L0")
      await process.request({ case: "configure", value: {} }, configureDeadlineMs).catch(() => {});
    return pool.release(process);
  });
  process.listen({ name: testee.name, log, onReport: (report, at) => note(context, testee.name, report, at) });
  if (permutation.level === "L0" && !permutation.features.includes("configure")) return;
  await process.request({ case: "configure", value: testee.settings }, configureDeadlineMs);
  testee.baseRssBytes = await residentBytes(process.pid);
}

function note({ runs, reports, rpc }: CaseContext, testee: string, { kind }: TesteeReport, at: number): void {
  if (kind.case === "start") runs.push({ testee, at, kind: "start", report: kind.value });
  else if (kind.case === "end") runs.push({ testee, at, kind: "end", report: kind.value });
  else if (kind.case === "rpcStart") noteStart(rpc.served, kind.value);
  else if (kind.case === "rpcEnd") noteEnd(rpc.served, kind.value);
  else if (kind.case === "atPoint") reports.push({ testee, kind: "at_point", name: kind.value.point });
  else if (kind.case === "warning") reports.push({ testee, kind: "warning", name: kind.value.code });
}
