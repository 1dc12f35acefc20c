import type { DescMessage, DescMethodUnary, DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { BatchLimits } from "../consume/batch-queues.ts";
import type { Clock } from "../core/clock.ts";
import type { Database, Sql } from "../core/database.ts";
import type { HandlerContext, Middleware, Publish, PublishAll } from "../core/handler.ts";
import type { Log } from "../core/log.ts";
import type { NatsPubsubSystem } from "../core/nats-pubsub/join-system.ts";
import type { Caller } from "../rpc/index.ts";

/** What a service is made of besides its handlers. */
export interface ServiceOptions<Db = Sql, Tx = Sql> {
  /** Its name in the contracts: `[a-z][a-z0-9-]{0,31}`. */
  readonly name: string;
  /** Folder of its own `NNNN_name.sql` files, run at start. With both dialects: subfolders `sqlite` and `postgres`. */
  readonly migrations?: URL;
  /** Opens its database with a client of its own. Default: SQLite or PostgreSQL by the URL, with `tx` a small `Sql`. */
  readonly database?: (url: string) => Database<Db, Tx> | Promise<Database<Db, Tx>>;
  /** Its proto service, where no `rpc(...)` names it. */
  readonly contract?: DescService;
  /** Wrap every handler, the first one outermost. */
  readonly middlewares?: readonly Middleware[];
  /**
   * Lets up to `maxEvents` events of a partition share a transaction, for services that take many events with short handlers
   * (see `LogConsumerOptions.batch` for what it asks of them). Default: each event has a transaction of its own.
   */
  readonly batch?: BatchLimits;
  /**
   * The NatsPubsub system that it joins when it runs with `--codec nats-pubsub`, or `CONCORD_WIRE_FORMAT=nats-pubsub`: its
   * handlers and publications of these topics then speak that system's JSON. Without it they are Concord's, as ever.
   */
  readonly natsPubsub?: Omit<NatsPubsubSystem, "namespace">;
  /** Runs once after the migrations, such as for start data. */
  readonly seed?: (scope: TransactionScope<Tx>) => Promise<void>;
}

/** Time and ids as the service was started with, so that tests decide them. */
export interface Surroundings {
  readonly clock: Clock;
  /** Draws a UUIDv7. */
  readonly newId: () => string;
}

/** What a service without a database is made of: events reach it at least once, effects may repeat around a crash. */
export interface StatelessServiceOptions
  extends Pick<ServiceOptions, "name" | "contract" | "middlewares" | "natsPubsub"> {
  readonly stateless: true;
  /**
   * `strict` (default): one event of a partition at a time, over all replicas; one that fails holds its partition. `none`:
   * many at a time, in any order.
   */
  readonly order?: "strict" | "none";
}

/** What exists only inside a transaction: its client, and publishing with it. */
export interface TransactionScope<Tx = Sql> extends Surroundings {
  readonly tx: Tx;
  readonly publish: Publish;
  readonly send: Publish;
  readonly publishAll: PublishAll;
}

/** What an RPC method gets besides its request. */
export interface RpcContext<Db = Sql, Tx = Sql> extends Surroundings {
  /** Reads outside of any transaction. */
  readonly db: Db;
  /**
   * Runs writes and publications in one transaction: all are committed when it resolves, none when it throws. In a call with
   * an idempotency key it is not run again once it has committed: what it resolved to, plain values or messages, is given
   * instead, so checks that must not be repeated belong into it.
   */
  transaction<Result>(run: (scope: TransactionScope<Tx>) => Promise<Result>): Promise<Result>;
  /** Who calls, where calls are authenticated. */
  readonly caller: Caller | undefined;
  /** Aborts when the caller gave up or its deadline passed. */
  readonly signal: AbortSignal;
  /** Milliseconds left until the caller's deadline; undefined without one. */
  timeLeftMs(): number | undefined;
  readonly headers: Headers;
  readonly log: Log;
}

/** What work that a service does by itself is given. */
export interface JobContext<Db = Sql, Tx = Sql>
  extends Pick<RpcContext<Db, Tx>, keyof Surroundings | "db" | "transaction" | "log"> {
  /** Aborts when the service ends. */
  readonly signal: AbortSignal;
}

/** Work that a service does again and again by itself. */
export interface JobRegistration {
  /** Names it in the log. */
  readonly name: string;
  /** Pause between two runs, in milliseconds. */
  readonly everyMs: number;
  readonly run: (context: JobContext<unknown, unknown>) => Promise<void>;
}

/** The unary methods of a proto service; one left out answers `unimplemented`. */
export type RpcImplementation<Desc extends DescService, Db, Tx> = {
  readonly [Name in keyof Desc["method"]]?: Desc["method"][Name] extends DescMethodUnary<infer Input, infer Output>
    ? (
        request: MessageShape<Input>,
        context: RpcContext<Db, Tx>,
      ) => MessageInitShape<Output> | Promise<MessageInitShape<Output>>
    : never;
};

/** Handles one event of a service, see `EventHandler`. */
export type ServiceHandler<Desc extends DescMessage, Db, Tx> = (
  context: HandlerContext<Desc, Db, Tx> & Surroundings,
) => Promise<void> | void;

/** A handler as a service keeps it. */
export interface EventRegistration {
  readonly schema: DescMessage;
  readonly handler: ServiceHandler<DescMessage, unknown, unknown>;
}

/** An RPC implementation as a service keeps it. */
export interface RpcRegistration {
  readonly service: DescService;
  readonly implementation: Readonly<
    Record<string, ((request: never, context: RpcContext<unknown, unknown>) => unknown) | undefined>
  >;
}

/** What a service does, before it runs. */
export interface ServiceDefinition {
  readonly options: ServiceOptions<unknown, unknown> & Partial<Pick<StatelessServiceOptions, "stateless" | "order">>;
  readonly events: readonly EventRegistration[];
  readonly rpcs: readonly RpcRegistration[];
  readonly jobs: readonly JobRegistration[];
}
