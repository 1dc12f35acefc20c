import { parseArgs } from "node:util";

/** How the shop is started. */
export interface ShopOptions {
  /** End after the story instead of serving. */
  readonly once: boolean;
  readonly transport: "embedded" | "nats";
  readonly database: "sqlite" | "postgres";
  /** Number of nats-servers to start: 1, or 3 as in production. */
  readonly servers: 1 | 3;
  /** Kill a random service in the middle of the story, and start it again. */
  readonly chaos: boolean;
  /** Run inventory in Ruby, as a process of its own. */
  readonly polyglot: boolean;
  /** Ask callers for tokens, and issue some. */
  readonly auth: boolean;
  /** Port of the front; 0 for any free one. */
  readonly port: number;
  /** Where files are kept; undefined for a temporary folder that is removed at the end. */
  readonly dataFolder: string | undefined;
}

/** What the shop's command says with `--help`. */
export const usage = `npm start -- [options]

  --once                 tell the story and end
  --transport NAME       embedded (default) or nats, a real server started for you or the one in CONCORD_TRANSPORT
  --servers N            nats-servers to start: 1 (default), or 3, a cluster with three copies of everything
  --database NAME        sqlite (default) or postgres, a real server started for you
  --polyglot             inventory in Ruby (3.1 or newer, its gems are installed at first use); implies --transport nats
  --auth                 ask callers for tokens: who has which role may do what; issues tokens for alice, bob and staff
  --chaos                kill -9 a random service in the middle of the story and start it again
  --port N               port of the shop, default 8080
  --data FOLDER          keep the files there; default: a temporary folder, new every time
  --help                 this text`;

/** A start that cannot be: the message says why and what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Reads the command line.
 * @throws {UsageError} naming the argument that does not fit.
 */
export function readOptions(args: readonly string[]): ShopOptions | "help" {
  const { values } = parse(args);
  if (values.help) return "help";
  const polyglot = values.polyglot ?? false;
  return {
    once: values.once ?? false,
    transport: readTransport(values.transport, polyglot),
    database: oneOf("--database", values.database ?? "sqlite", ["sqlite", "postgres"]),
    servers: oneOf("--servers", values.servers ?? "1", ["1", "3"]) === "3" ? 3 : 1,
    chaos: values.chaos ?? false,
    polyglot,
    auth: values.auth ?? false,
    port: readPort(values.port ?? "8080"),
    dataFolder: values.data,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        once: { type: "boolean" },
        transport: { type: "string" },
        database: { type: "string" },
        servers: { type: "string" },
        chaos: { type: "boolean" },
        polyglot: { type: "boolean" },
        auth: { type: "boolean" },
        port: { type: "string" },
        data: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${usage}`);
  }
}

function readTransport(given: string | undefined, polyglot: boolean): ShopOptions["transport"] {
  const transport = oneOf("--transport", given ?? (polyglot ? "nats" : "embedded"), ["embedded", "nats"]);
  if (!polyglot || transport === "nats") return transport;
  throw new UsageError("--polyglot: the embedded broker belongs to one process; use --transport nats, or leave it out");
}

function oneOf<const Name extends string>(option: string, value: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === value);
  if (found) return found;
  throw new UsageError(`${option}: there is no "${value}"; use ${names.join(" or ")}`);
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^[0-9]+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--port: "${text}" is no port; use a number from 0 to 65535`);
}
