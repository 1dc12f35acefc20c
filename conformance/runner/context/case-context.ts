import type { ConfigureRequest } from "@concord/gen/concord/conformance/v1/settings_pb.js";
import type { EndReport, StartReport } from "@concord/gen/concord/conformance/v1/testee_report_pb.js";
import type { NatsBroker } from "../broker/nats-broker.ts";
import type { NetworkProxy } from "../broker/network-proxy.ts";
import type { StreamSource } from "../broker/stream-source.ts";
import type { CaseDatabase } from "../database/case-database.ts";
import type { CaseRpc } from "../rpc/case-rpc.ts";
import type { Json } from "../suite/json.ts";
import type { Permutation } from "../suite/permutations.ts";
import type { Answer } from "../testee/reply-desk.ts";
import type { TesteeProcess } from "../testee/testee-process.ts";
import type { WireLog } from "../testee/wire-log.ts";
import type { VectorFiles } from "./vector-files.ts";

/** A handler that began or ended, as a testee reported it. */
export type RunEvent = { readonly testee: string; readonly at: number } & (
  | { readonly kind: "start"; readonly report: StartReport }
  | { readonly kind: "end"; readonly report: EndReport }
);

/** Anything else that a testee reported. */
export interface OtherReport {
  readonly testee: string;
  readonly kind: "at_point" | "warning";
  /** The point, or the warning's code. */
  readonly name: string;
}

/** One testee of a case. */
export interface CaseTestee {
  readonly name: string;
  readonly service: string;
  /** What `configure` says. */
  settings: ConfigureRequest;
  process: TesteeProcess | undefined;
  readonly database: CaseDatabase | undefined;
  readonly brokerProxy: NetworkProxy | undefined;
  readonly databaseProxy: NetworkProxy | undefined;
  /** Types it consumes now. */
  subscribed: readonly string[] | undefined;
  /** Resident memory after `configure`, in bytes. */
  baseRssBytes: number;
}

/** An event that a step had published and the broker had acknowledged. */
export interface PublishedEvent {
  readonly source: string;
  readonly id: string;
  readonly key: string | undefined;
  readonly n: number;
}

/** What one case knows while it runs. */
export interface CaseContext {
  readonly permutation: Permutation;
  readonly ns: string;
  readonly seed: bigint;
  /** Times that deadlines are multiplied. */
  readonly patience: number;
  /** Milliseconds since the epoch at the case's start. */
  readonly startedAtMs: number;
  /** Of `performance.now()`: when all steps must be done. It is set when the case is set up. */
  deadlineAt: number;
  readonly log: WireLog;
  readonly testees: ReadonlyMap<string, CaseTestee>;
  /** Undefined in L0 and with the embedded transport. */
  readonly broker: NatsBroker | undefined;
  /** Undefined in L0. */
  readonly streams: StreamSource | undefined;
  readonly maxPayload: number;
  readonly values: Map<string, Json>;
  /** Moments of steps that have a name. */
  readonly doneAt: Map<string, number>;
  readonly pending: Map<string, PendingAnswer>;
  readonly runs: RunEvent[];
  readonly reports: OtherReport[];
  readonly published: PublishedEvent[];
  /** Servers and calls of level R. */
  readonly rpc: CaseRpc;
  /** Number of the last pinned id, and of the last sentinel. */
  readonly counters: { id: number; sentinel: number };
  readonly folder: string;
  readonly vectors: VectorFiles;
  /** Starts the testee of this name, or starts it again. */
  start(testee: CaseTestee): Promise<void>;
}

/** An op whose answer nobody waited for yet. */
export interface PendingAnswer {
  readonly op: string;
  readonly answer: Promise<Answer>;
  settled: boolean;
}

/** The names of streams as the broker knows them. */
export function brokerStream({ ns }: CaseContext, name: string): string {
  return ns === "" ? name : `${ns}-${name}`;
}

/** The testee of a step. */
export function testeeOf(context: CaseContext, name: string): CaseTestee {
  return context.testees.get(name || "A")!;
}
