import type { Event } from "@concord/gen/concord/conformance/v1/message_pb.js";
import { createOutbox, type OutboxScope, type Sql } from "@concord/sdk";
import { BadRequest } from "../protocol/error.ts";
import { type EventToPublish, numberOf, toPublish } from "./event-request.ts";
import type { SessionParts } from "./session-parts.ts";

/** Transactions of the case, open between requests. */
export interface Transactions {
  begin(name: string): Promise<void>;
  /** Gives the ids. */
  publish(name: string, events: readonly Event[]): Promise<readonly string[]>;
  commit(name: string): Promise<void>;
  rollback(name: string): Promise<void>;
  /** Rolls all back. */
  close(): Promise<void>;
}

interface Open {
  readonly tx: Sql;
  readonly scopes: OutboxScope[];
  readonly end: (how: "commit" | "rollback") => void;
  readonly ended: Promise<void>;
}

const rolledBack = Symbol("the case rolls back");

/** Makes a place for transactions. */
export function createTransactions(parts: SessionParts): Transactions {
  const open = new Map<string, Open>();

  return {
    begin: (name) => begin(parts, (started) => open.set(name, started)),
    async publish(name, events) {
      const { tx, scopes } = find(name);
      const ids: string[] = [];
      for (const event of events) {
        const scope = scopeOf(parts, tx, event);
        scopes.push(scope);
        ids.push(await publishOne(parts, { tx, scope, event }));
      }
      return ids;
    },
    async commit(name) {
      const { end, ended, scopes } = take(name);
      end("commit");
      await ended;
      for (const scope of scopes) await scope.committed();
    },
    async rollback(name) {
      const { end, ended } = take(name);
      end("rollback");
      await ended;
    },
    async close() {
      const left = [...open.values()];
      open.clear();
      for (const { end } of left) end("rollback");
      await Promise.all(left.map(({ ended }) => ended.catch(() => {})));
    },
  };

  function find(name: string): Open {
    const found = open.get(name);
    if (found) return found;
    throw new BadRequest(`there is no transaction ${name}`);
  }

  function take(name: string): Open {
    const found = find(name);
    open.delete(name);
    return found;
  }
}

/** Resolves when the transaction is open; it stays so until it is told how to end. */
function begin({ storage }: SessionParts, onOpen: (open: Open) => void): Promise<void> {
  if (!storage) throw new BadRequest("a transaction needs a database");
  const opened = Promise.withResolvers<void>();
  const ending = Promise.withResolvers<"commit" | "rollback">();
  const ended = storage.database
    .transaction(async (tx) => {
      onOpen({ tx, scopes: [], end: ending.resolve, ended: settled });
      opened.resolve();
      if ((await ending.promise) === "rollback") throw rolledBack;
    })
    .catch((error: unknown) => {
      if (error !== rolledBack) throw error;
    });
  const settled = Promise.resolve().then(() => ended);
  settled.catch(opened.reject);
  return opened.promise;
}

function scopeOf({ storage, points, preparerOf, wake }: SessionParts, tx: Sql, event: Event): OutboxScope {
  const preparer = preparerOf(event);
  return createOutbox({ store: storage!.stores.outbox, preparer, wake, probe: points }).within(tx);
}

async function publishOne(
  { storage, settings }: SessionParts,
  { tx, scope, event }: { readonly tx: Sql; readonly scope: OutboxScope; readonly event: Event },
): Promise<string> {
  const { schema, data, options }: EventToPublish = toPublish(event);
  const isCommand = schema.typeName.endsWith("Command");
  const { id } = await (isCommand ? scope.send : scope.publish)(schema, data, options);
  const key = options.key ?? ((data as { readonly key?: string }).key || null);
  const source = event.source ?? settings.source ?? `/conformance/${settings.service}`;
  const text = "INSERT INTO cf_commits (source, id, key, n) VALUES ($1, $2, $3, $4)";
  await storage!.database.query(tx, text, [source, id, key, numberOf(data)]);
  return id;
}
