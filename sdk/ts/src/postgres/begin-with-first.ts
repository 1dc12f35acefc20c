import type { PoolClient, QueryConfig, QueryResult } from "pg";
import { ConcordError } from "../core/error.ts";
import type { Begin } from "./pool-transaction.ts";
import { queryAmong } from "./query-among.ts";

/** Where statements go. */
export interface QueryTarget {
  query(config: QueryConfig): Promise<QueryResult>;
}

/** Where the statements of a transaction go. */
export interface TransactionTarget extends QueryTarget {
  /** Runs a statement and commits, in one round trip. */
  queryLast(config: QueryConfig): Promise<QueryResult>;
}

/** Begins with the first statement, in one round trip. */
export const beginWithFirst: Begin<TransactionTarget> = async (client, texts) => {
  let state: "new" | "open" | "committing" | "committed" = "new";

  /** What has to go before a statement. pg sends statements in the order of the calls, whoever waits for whom. */
  function enter(): readonly string[] | undefined {
    if (state === "committing" || state === "committed") throw afterItsEnd();
    if (state === "open") return undefined;
    state = "open";
    return texts;
  }

  const target: TransactionTarget = {
    async query(config) {
      const before = enter();
      if (!before) return client.query(config);
      if (config.values) return queryAmong(client, { before }, config);
      return queryTogether(client, before, config.text);
    },
    async queryLast(config) {
      const before = enter();
      state = "committing";
      const result = await queryAmong(client, { before, after: ["COMMIT"] }, config);
      state = "committed";
      return result;
    },
  };
  return {
    target,
    isOpen: () => state === "open" || state === "committing",
    isCommitting: () => state === "committing",
  };
};

function afterItsEnd(): ConcordError {
  return new ConcordError("outside_transaction", "a statement came after the last one of its transaction");
}

/** A text without values may hold several statements; the server runs such texts up to the first one that fails. */
async function queryTogether(client: PoolClient, texts: readonly string[], text: string): Promise<QueryResult> {
  const results: unknown = await client.query([...texts, text].join("; "));
  const own = (results as readonly QueryResult[]).slice(texts.length);
  return (own.length === 1 ? own[0] : own) as QueryResult;
}
