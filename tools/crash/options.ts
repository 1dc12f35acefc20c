import { parseArgs } from "node:util";
import { type ProbePoint, probePoints } from "../../sdk/ts/src/core/probe.ts";

/** How to call the program. */
export const usage = `npm run crash -- [--runs N] [--seed S] [--point P] [--transport memory|nats|embedded] [--mutations] [--format text|json]

  --runs N         how many runs. Default: 1,000 in memory, 10 with processes
  --seed S         seed of the first run; the next ones count on. Default 1
  --point P        where all accidents are to be, such as relay.publish. Default: anywhere
  --transport T    nats: real processes on nats-server and PostgreSQL (default)
                   embedded: a real process on SQLite files
                   memory: the same parts in one process, where time, processes and connections are played
  --mutations      takes each safeguard away in turn and shows which check notices
  --format F       text (default) or json`;

const transports = ["memory", "nats", "embedded"] as const;

/** What the program plays on. */
export type TransportName = (typeof transports)[number];

/** What the program was asked for. */
export interface CrashOptions {
  readonly runs: number;
  readonly seed: number;
  readonly point: ProbePoint | undefined;
  readonly transport: TransportName;
  readonly mutations: boolean;
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
      seed: { type: "string", default: "1" },
      point: { type: "string" },
      transport: { type: "string", default: "nats" },
      mutations: { type: "boolean", default: false },
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
  const runs = Number(values.runs ?? (transport === "memory" ? 1_000 : 10));
  const seed = Number(values.seed);
  if (!(Number.isInteger(runs) && runs >= 1)) faults.push("--runs: give a whole number from 1");
  if (!(Number.isInteger(seed) && seed >= 0)) faults.push("--seed: give a whole number from 0");
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return { runs, seed, point, transport, format, mutations: values.mutations };
}
