import type { Mutation, ProbePoint } from "../../../sdk/ts/src/core/probe.ts";
import type { Redriven } from "../redrive.ts";

/** Where a process finds its broker and its databases. */
export type Surroundings =
  | { readonly kind: "nats"; readonly brokerUrl: string; readonly databaseUrl: string }
  | { readonly kind: "embedded"; readonly folder: string };

/** Something that a process does to itself when it goes by a point. */
export interface SelfAccident {
  readonly point: ProbePoint;
  /** Counted from the start of the process. */
  readonly nth: number;
  readonly kind: "die" | "stop";
}

/** What a process is told at its start. */
export interface StartMessage {
  readonly surroundings: Surroundings;
  /** The compiled contracts, in base64. */
  readonly contract: string;
  /** Takes its log lines. */
  readonly logFile: string;
  /** File that counts runs of handlers outside of every transaction. */
  readonly callsFile: string;
  readonly accidents: readonly SelfAccident[];
  readonly mutations: readonly Mutation[];
  /** What its clock is ahead of the machine's, in milliseconds. */
  readonly skewMs: number;
  readonly leaseMs: number;
  readonly parkAfterMs: number;
  readonly concurrency: number;
}

/** What a running process may be asked. */
export type Question = { readonly ask: "unfinished" } | { readonly ask: "redrive"; readonly seed: number };

/** A question as a process gets it. */
export type NumberedQuestion = Question & { readonly number: number };

/** What a process says: that it serves, or an answer to the question of a number. */
export type Answer =
  | { readonly kind: "ready"; readonly urls: Readonly<Record<"alpha" | "beta", string>> }
  /** Undefined: nothing is left to do. */
  | { readonly kind: "unfinished"; readonly to: number; readonly left: string | undefined }
  | { readonly kind: "redriven"; readonly to: number; readonly events: Redriven["events"] };

/** File descriptor on which a process says that it stops itself: a message would never leave a stopped process. */
export const stopSignFd = 4;
