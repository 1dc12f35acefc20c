import type { PoolClient, QueryConfig, QueryResult } from "pg";
import type { Begin } from "./pool-transaction.ts";
import { queryBehind } from "./query-behind.ts";

/** Where the statements of a transaction go. */
export interface QueryTarget {
  query(config: QueryConfig): Promise<QueryResult>;
}

/** Begins with the first statement, in one round trip. */
export const beginWithFirst: Begin<QueryTarget> = async (client, texts) => {
  let isOpen = false;
  const target: QueryTarget = {
    async query(config) {
      // pg sends statements in the order of the calls, also those of calls that did not wait for each other.
      if (isOpen) return client.query(config);
      isOpen = true;
      if (config.values) return queryBehind(client, texts, config);
      return queryTogether(client, texts, config.text);
    },
  };
  return { target, isOpen: () => isOpen };
};

/** A text without values may hold several statements; the server runs such texts up to the first one that fails. */
async function queryTogether(client: PoolClient, texts: readonly string[], text: string): Promise<QueryResult> {
  const results: unknown = await client.query([...texts, text].join("; "));
  const own = (results as readonly QueryResult[]).slice(texts.length);
  return (own.length === 1 ? own[0] : own) as QueryResult;
}
