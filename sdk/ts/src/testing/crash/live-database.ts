import type { Clock } from "../../core/clock.ts";
import type { Database, Sql, TransactionOptions } from "../../core/database.ts";
import { ConcordError } from "../../core/error.ts";
import type { Life, Step } from "./life.ts";

/** What the server of a database allows. */
export interface ServerLimits {
  /**
   * Longest idle time of a transaction that asks for one, in milliseconds: where all processes share one writer, one that
   * is frozen holds up all. Default: what the transaction asks for.
   */
  readonly maxIdleMs?: number | undefined;
}

/**
 * Gives a process its connection to a database that outlives it. At the death of the process its open transactions are
 * rolled back; while it is frozen the server ends them when their idle time is up, as PostgreSQL does.
 * @param clock the server's
 */
export function liveDatabase(
  life: Life,
  database: Database<Sql, Sql>,
  clock: Clock,
  limits: ServerLimits = {},
): Database<Sql, Sql> {
  const db: Sql = { query: (text, values) => ask(life, "statement", () => database.db.query(text, values)) };
  return {
    dialect: database.dialect,
    db,
    query: (handle, text, values) => handle.query(text, values),
    ping: (signal) => ask(life, "statement", () => database.ping(signal)),
    transaction: (run, chosen) => transact({ life, database, clock, ...limits }, run, chosen),
    close: async () => {},
  };
}

async function ask<Answer>(life: Life, step: Step, question: () => Promise<Answer>): Promise<Answer> {
  await life.step(step);
  try {
    return await question();
  } finally {
    await life.alive();
  }
}

interface Surroundings extends ServerLimits {
  readonly life: Life;
  readonly clock: Clock;
  readonly database: Database<Sql, Sql>;
}

async function transact<Result>(
  { life, database, clock, maxIdleMs = Number.POSITIVE_INFINITY }: Surroundings,
  run: (tx: Sql) => Promise<Result>,
  options: TransactionOptions = {},
): Promise<Result> {
  await life.step("begin");
  const { idleTimeoutMs } = options;
  const limitMs = idleTimeoutMs === undefined ? undefined : Math.min(idleTimeoutMs, maxIdleMs);
  const server = watchServer({ life, clock, idleTimeoutMs: limitMs });
  try {
    const result = await database.transaction(async (tx) => {
      const answer = await Promise.race([run(withLife(life, tx, server)), server.ended]);
      await Promise.race([life.step("commit"), server.ended]);
      if (server.isGone) await server.ended;
      return answer;
    }, options);
    server.stop();
    await life.step("committed");
    return result;
  } catch (error) {
    server.stop();
    await life.alive();
    throw error;
  }
}

function withLife(life: Life, tx: Sql, server: Server): Sql {
  return {
    async query(text, values) {
      try {
        await life.step("statement");
      } catch (cut) {
        server.end();
        throw cut;
      }
      if (server.isGone) throw connectionLost();
      return tx.query<never>(text, values).finally(() => life.alive());
    },
  };
}

/** The server's side of one transaction. */
interface Server {
  /** Rejects when the server rolls back for a reason of its own: the client is dead, or was idle for too long. */
  readonly ended: Promise<never>;
  readonly isGone: boolean;
  end(): void;
  stop(): void;
}

function watchServer({
  life,
  clock,
  idleTimeoutMs,
}: Pick<Surroundings, "life" | "clock"> & { readonly idleTimeoutMs: number | undefined }): Server {
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => {});
  let isGone = false;
  let wait: AbortController | undefined;

  const end = () => {
    isGone = true;
    ended.reject(connectionLost());
  };
  const note = (state: Life["state"]) => {
    wait?.abort();
    if (state === "dead") end();
    if (state !== "frozen" || idleTimeoutMs === undefined) return;
    wait = new AbortController();
    clock.sleep(idleTimeoutMs, wait.signal).then(end, () => {});
  };
  const unwatch = life.watch(note);
  note(life.state);
  const stop = () => {
    unwatch();
    wait?.abort();
  };
  return {
    ended: ended.promise,
    get isGone() {
      return isGone;
    },
    end,
    stop,
  };
}

function connectionLost(): ConcordError {
  return new ConcordError("unavailable", "the database ended the connection in the middle of a transaction");
}
