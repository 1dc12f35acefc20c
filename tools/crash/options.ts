import { parseArgs } from "node:util";
import { mutations as allMutations, type Mutation, type ProbePoint, probePoints } from "../../sdk/ts/src/core/probe.ts";

/** How to call the program. */
export const usage = `npm run crash -- [--runs N] [--minutes M] [--parallel N] [--seed S] [--point P]
                        [--transport memory|nats|embedded] [--mutation M | --mutations] [--report FILE] [--write FILE] [--format text|json]

  --runs N         how many runs. Default: 1,000 in memory, 10 with processes, any number with --minutes; 0 only writes
  --minutes M      starts no run after so many minutes
  --parallel N     runs at a time. Default: one for each core in memory, two with processes
  --seed S         seed of the first run; the next ones count on. Default 1, with --report behind the last one there
  --point P        where all accidents are to be, such as relay.publish. Default: anywhere
  --transport T    nats: real processes on nats-server and PostgreSQL (default)
                   embedded: a real process on SQLite files
                   memory: the same parts in one process, where time, processes and connections are played
  --mutation M     takes a safeguard away, such as no-key-lock
  --mutations      takes each safeguard away in turn, for at most so many runs, and shows which check notices
  --report FILE    adds what the runs have shown to a file, so that a long proof can be done in pieces
  --write FILE     writes what was shown, with --report all of it, as Markdown
  --format F       text (default) or json`;

const transports = ["memory", "nats", "embedded"] as const;

/** What the program plays on. */
export type TransportName = (typeof transports)[number];

/** What the program was asked for. */
export interface CrashOptions {
  /** Undefined: as many as are usual. */
  readonly runs: number | undefined;
  /** No run starts later than this. */
  readonly minutes: number;
  /** Undefined: as many as the transport bears. */
  readonly parallel: number | undefined;
  /** Undefined: the first one that was not played yet. */
  readonly seed: number | undefined;
  readonly point: ProbePoint | undefined;
  readonly transport: TransportName;
  /** Safeguard to take away. */
  readonly mutation: Mutation | undefined;
  /** Take each safeguard away in turn. */
  readonly mutations: boolean;
  /** File of all that was shown so far. */
  readonly report: string | undefined;
  /** Markdown file to write. */
  readonly write: string | undefined;
  readonly format: "text" | "json";
}

/**
 * Reads the command line.
 * @throws {Error} naming every fault.
 */
export function readOptions(args: readonly string[]): CrashOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: "string" },
      minutes: { type: "string" },
      parallel: { type: "string" },
      seed: { type: "string" },
      point: { type: "string" },
      transport: { type: "string", default: "nats" },
      mutation: { type: "string" },
      mutations: { type: "boolean", default: false },
      report: { type: "string" },
      write: { type: "string" },
      format: { type: "string", default: "text" },
    },
  });
  const faults: string[] = [];
  const oneOf = <Name extends string>(name: string, value: string, known: readonly Name[]): Name => {
    if (!known.includes(value as Name)) faults.push(`--${name}: there is no ${value}; there are ${known.join(", ")}`);
    return value as Name;
  };
  const transport = oneOf("transport", values.transport, transports);
  const format = oneOf("format", values.format, ["text", "json"]);
  const point = values.point === undefined ? undefined : oneOf("point", values.point, probePoints);
  const mutation = values.mutation === undefined ? undefined : oneOf("mutation", values.mutation, allMutations);
  const number = (name: string, value: string | undefined, fallback: number, least: number): number => {
    const given = value === undefined ? fallback : Number(value);
    if (!(given === Number.POSITIVE_INFINITY || (Number.isInteger(given) && given >= least)))
      faults.push(`--${name}: give a whole number from ${least}`);
    return given;
  };
  const numbers = {
    runs: values.runs === undefined ? undefined : number("runs", values.runs, 0, 0),
    minutes: number("minutes", values.minutes, Number.POSITIVE_INFINITY, 1),
    parallel: values.parallel === undefined ? undefined : number("parallel", values.parallel, 1, 1),
    seed: values.seed === undefined ? undefined : number("seed", values.seed, 1, 0),
  };
  if (faults.length > 0) throw new Error(faults.join("\n"));
  const { mutations, report, write } = values;
  return { ...numbers, point, transport, format, mutation, mutations, report, write };
}
