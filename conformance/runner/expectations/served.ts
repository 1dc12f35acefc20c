import type { ServedExpectation } from "@concord/gen/concord/conformance/v1/rpc_pb.js";
import type { CaseContext } from "../context/case-context.ts";
import { difference, show } from "../match/match-value.ts";
import { servedJson } from "../rpc/served-calls.ts";
import { jsonOf } from "../wire/bytes-value.ts";
import type { Verdict } from "./verdict.ts";

/** Looks at the calls that a server handled. */
export function checkServed({ rpc }: CaseContext, { method, count, calls }: ServedExpectation): Verdict {
  const served = rpc.served.filter((call) => method === "" || call.method === method).map(servedJson);
  const observed = show(served);
  if (count !== undefined && served.length !== count) {
    return { ok: false, expected: `${count} calls handled`, observed: `${served.length}: ${observed}` };
  }
  if (calls.length === 0) return { ok: true, expected: "calls handled", observed };
  const patterns = calls.map((call) => jsonOf(call)!);
  const found = difference(patterns, served);
  return { ok: found === undefined, expected: `calls handled: ${show(patterns)}`, observed: found ?? observed };
}
