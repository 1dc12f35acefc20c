import { parseArgs } from "node:util";
import { type Format, formats } from "./report/formats.ts";
import { SuiteError } from "./suite/suite-error.ts";
import { levels } from "./suite/suites.ts";

/** What a run was asked for. */
export interface Options {
  /** Name of a profile, or a command. */
  readonly testee: string | undefined;
  readonly levels: readonly string[];
  /** Ids, `id-slug`s or patterns of paths; empty: all. */
  readonly cases: readonly string[];
  /** One in so many permutations, by the seed; 1: all. */
  readonly sample: number;
  readonly format: Format;
  readonly jobs: number;
  readonly keepLogs: boolean;
  /** Planted fault, or `all`. */
  readonly plant: string | undefined;
  /** Page whose table of faults gets the outcome. */
  readonly write: string | undefined;
  readonly matrix: boolean;
  /** Crash runs of several implementations together. */
  readonly crash: boolean;
  /** How many of them, from the seed on. */
  readonly runs: number;
  readonly list: boolean;
  /** Times that deadlines are multiplied. */
  readonly patience: number;
  readonly seed: bigint;
  readonly out: string;
  /** newest, oldest, embedded. */
  readonly servers: readonly string[];
  /** Profiles of the matrix; empty: all. */
  readonly peers: readonly string[];
  /** Formats of the matrix; empty: all. */
  readonly modes: readonly string[];
  /** Envelopes for each pair and mode of the matrix. */
  readonly count: number;
  readonly help: boolean;
}

/** How the command is used. */
export const usage = `concord-conformance --testee NAME|'command' [options]

Runs the conformance suite against an implementation: a program that speaks the testee protocol on its standard
input and output. NAME is one of the profiles; anything else is a command.

  --level L0|L1|L2|L3|L0..L2   which levels (default: all)
  --case GLOB                  which cases: O2, 'O*', O2-retry-holds-tail, 'L2/order/**'; may be repeated
  --sample N                   one in N of them, which ones by --seed (default: all)
  --servers LIST               newest, oldest, embedded, all (default: newest)
  --format text|json|junit|markdown
  --jobs N                     cases at once (default: 4)
  --seed N                     of all randomness (default: 42)
  --patience N                 multiplies every deadline, for a machine that is slow or busy (default: 1)
  --keep-logs                  keeps the wire log of every case, not only of failures
  --out DIR                    where wire logs go (default: conformance-out)
  --plant NAME|all             runs the reference testee with a planted fault; its cases must fail
  --write FILE                 writes the outcome into the table between <!-- faults --> and <!-- /faults -->
  --matrix                     every pair of profiles encodes and decodes; --peers ts,ruby  --count 10000  --modes env,json
  --crash                      all profiles share broker and tables and are killed; --peers ts,ruby  --runs 20
  --list                       prints the cases and ends

Exit code: 0 fine, 1 something failed, 2 wrong use, 3 no server to be had.

Example: concord-conformance --testee 'ruby testee.rb' --level L0`;

/**
 * Reads the command line.
 * @throws {SuiteError} for what makes no sense.
 */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parse(args);
  const format = values.format ?? "text";
  if (!Object.hasOwn(formats, format)) throw new SuiteError(`--format is one of ${Object.keys(formats).join(", ")}`);
  const jobs = countOf("jobs", values.jobs ?? "4");
  return {
    testee: values.testee,
    levels: levelsOf(values.level ?? "L0..R"),
    cases: values.case ?? [],
    sample: countOf("sample", values.sample ?? "1"),
    format: format as Format,
    jobs,
    patience: countOf("patience", values.patience ?? "1"),
    keepLogs: values["keep-logs"] ?? false,
    plant: values.plant,
    write: values.write,
    matrix: values.matrix ?? false,
    crash: values.crash ?? false,
    runs: countOf("runs", values.runs ?? "20"),
    list: values.list ?? false,
    seed: BigInt(countOf("seed", values.seed ?? "42")),
    out: values.out ?? "conformance-out",
    servers: serversOf(values.servers ?? "newest"),
    peers: values.peers?.split(",") ?? [],
    modes: values.modes?.split(",") ?? [],
    count: countOf("count", values.count ?? "10000"),
    help: values.help ?? false,
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        testee: text,
        level: text,
        case: { type: "string", multiple: true },
        sample: text,
        format: text,
        jobs: text,
        patience: text,
        "keep-logs": flag,
        plant: text,
        write: text,
        matrix: flag,
        crash: flag,
        runs: text,
        list: flag,
        seed: text,
        out: text,
        servers: text,
        peers: text,
        count: text,
        modes: text,
        help: flag,
      },
    });
  } catch (error) {
    throw new SuiteError((error as Error).message);
  }
}

function countOf(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new SuiteError(`--${name} takes a whole number above 0, not "${text}"`);
}

function levelsOf(text: string): readonly string[] {
  const [first, last] = text.split("..");
  const [from, to] = [first, last ?? first].map((name) => levels.indexOf(name as never)) as [number, number];
  if (from < 0 || to < from) throw new SuiteError(`--level is one of ${levels.join(", ")}, or two of them as L0..L2`);
  return levels.slice(from, to + 1);
}

const serverNames = ["newest", "oldest", "embedded"];

function serversOf(text: string): readonly string[] {
  const names = text === "all" ? serverNames : text.split(",");
  const unknown = names.find((name) => !serverNames.includes(name));
  if (unknown === undefined) return names;
  throw new SuiteError(`--servers takes ${serverNames.join(", ")} or all, not "${unknown}"`);
}
