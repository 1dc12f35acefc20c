import type { Ruby } from "../../tools/ruby/find-ruby.ts";
import { nodeProgram, type Program, rubyProgram } from "./programs.ts";

/** A process to be started: what it is, and which of the shop's services answer in it. */
export interface ProcessPlan {
  readonly name: string;
  readonly program: Program;
  readonly variables: Readonly<Record<string, string>>;
  readonly urls: readonly string[];
}

/** Where the services of a shop are to be. */
export interface Places {
  readonly names: readonly string[];
  /** Address of each service by its name. */
  readonly urls: Readonly<Record<string, string>>;
  /** Undefined for the embedded one. */
  readonly broker: string | undefined;
  /** Database of each service by its name; those that are missing use a file. */
  readonly databases: Readonly<Record<string, string>>;
  /** Runs inventory; undefined when every service runs in Node. */
  readonly ruby: Ruby | undefined;
  /** Variables that make a service ask callers for tokens; empty where none are asked for. */
  readonly tokens: Readonly<Record<string, string>>;
}

const rubyInventory = new URL("../inventory/ruby/inventory.rb", import.meta.url);

/** One process for all services on the embedded broker, which belongs to one process; else one for each. */
export function planProcesses({ names, urls, broker, databases, ruby, tokens }: Places): readonly ProcessPlan[] {
  const portOf = (name: string) => new URL(urls[name] ?? "").port;
  if (broker === undefined) {
    const places = names.map((name) => [name, { port: Number(portOf(name)), databaseUrl: databases[name] }]);
    const variables = { ...tokens, CONCORD_SHOP_PLACES: JSON.stringify(Object.fromEntries(places)) };
    const program = nodeProgram(new URL("./together.ts", import.meta.url));
    return [{ name: "shop", program, variables, urls: Object.values(urls) }];
  }
  return names.map((name) => {
    const database = databases[name];
    const inRuby = ruby !== undefined && name === "inventory";
    const variables = {
      // Services in Ruby check no tokens: the front does it for them.
      ...(inRuby ? {} : tokens),
      CONCORD_TRANSPORT: broker,
      CONCORD_PORT: portOf(name),
      ...(database ? { CONCORD_DATABASE_URL: database } : {}),
    };
    const program = inRuby
      ? rubyProgram(rubyInventory, ruby)
      : nodeProgram(new URL(`../${name}/service.ts`, import.meta.url));
    return { name, program, variables, urls: [urls[name] ?? ""] };
  });
}
