import type { DescMessage, DescService } from "@bufbuild/protobuf";
import type { Sql } from "../core/database.ts";
import { ConcordError } from "../core/error.ts";
import { checkName } from "../core/subject.ts";
import type {
  EventRegistration,
  JobContext,
  JobRegistration,
  RpcImplementation,
  RpcRegistration,
  ServiceDefinition,
  ServiceHandler,
  ServiceOptions,
  StatelessServiceOptions,
} from "./definition.ts";
import { runService } from "./run.ts";
import type { RunningService, StartOptions } from "./running-service.ts";
import { startService } from "./start.ts";

/** A service: what it handles and answers. Making one starts nothing. */
export interface Service<Db = Sql, Tx = Sql> {
  readonly name: string;
  /**
   * Handles an event or command. Its writes, its inbox row and its publications are one commit; per key, effects
   * follow the producer's commits; each event has one effect.
   * @throws {ConcordError} `config` for a second handler of one type.
   */
  on<Desc extends DescMessage>(schema: Desc, handler: ServiceHandler<Desc, Db, Tx>): this;
  /** Answers the methods of a proto service. */
  rpc<Desc extends DescService>(service: Desc, implementation: RpcImplementation<Desc, Db, Tx>): this;
  /**
   * Does work by itself, again and again with a pause, once the service is connected. Every replica does it, so what it does
   * twice must do nothing the second time. A run that fails is told to the log.
   * @param everyMs the pause between two runs, in milliseconds
   */
  every(everyMs: number, name: string, run: (context: JobContext<Db, Tx>) => Promise<void>): this;
  /** Starts it inside this process, for tests and for running several together. */
  start(options?: StartOptions): Promise<RunningService>;
  /**
   * Runs it as this process: reads `CONCORD_*`, migrates, serves, relays and consumes until SIGTERM or SIGINT, then
   * drains. Exits with 2 for a wrong configuration or contract, 1 for a failure. The program's argument `migrate` makes it
   * bring the database up to date and end instead.
   * @param args Default: the arguments of this process.
   */
  run(args?: readonly string[]): Promise<void>;
  /** What it does, for whoever starts it. */
  readonly definition: ServiceDefinition;
}

/** Makes a service without a database; its handlers publish straight to the broker. */
export function createService(options: StatelessServiceOptions): Service<undefined, undefined>;
/** Makes a service of the contracts it handles and answers. Importing one starts nothing; `run()` does. */
export function createService<Db = Sql, Tx = Sql>(options: ServiceOptions<Db, Tx>): Service<Db, Tx>;
export function createService<Db, Tx>(options: ServiceOptions<Db, Tx> | StatelessServiceOptions): Service<Db, Tx> {
  checkName("service", options.name);
  const events: EventRegistration[] = [];
  const rpcs: RpcRegistration[] = [];
  const jobs: JobRegistration[] = [];
  const definition: ServiceDefinition = { options: options as ServiceDefinition["options"], events, rpcs, jobs };
  return {
    name: options.name,
    definition,
    on(schema, handler) {
      if (events.some((event) => event.schema.typeName === schema.typeName)) {
        throw new ConcordError("config", `service ${options.name} handles ${schema.typeName} twice; keep one handler`);
      }
      events.push({ schema, handler: handler as EventRegistration["handler"] });
      return this;
    },
    rpc(service, implementation) {
      rpcs.push({ service, implementation: implementation as RpcRegistration["implementation"] });
      return this;
    },
    every(everyMs, name, run) {
      jobs.push({ name, everyMs, run: run as JobRegistration["run"] });
      return this;
    },
    start: (startOptions) => startService(definition, startOptions),
    run: (args = process.argv.slice(2)) => runService(definition, args),
  };
}
