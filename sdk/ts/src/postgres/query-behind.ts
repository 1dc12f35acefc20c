import { type Connection, Query, type QueryConfig, type QueryResult } from "pg";

/** What pg's query does for its client and `@types/pg` leaves out. */
interface ClientQuery {
  submit(connection: Connection): unknown;
  handleCommandComplete(message: unknown, connection: Connection): void;
  handleError(error: unknown, connection: Connection): void;
}

/** What a query needs of its connection; `@types/pg` asks for an argument that is long gone. */
interface QueryConnection {
  readonly parsedStatements: Record<string, unknown>;
  readonly stream: { cork(): void; uncork(): void };
  parse(statement: { readonly text: string }): void;
  bind(portal: Record<string, never>): void;
  execute(portal: Record<string, never>): void;
}

/**
 * Runs a statement behind others in one round trip, and gives its result. All go up to one `Sync`, so that the server runs
 * none behind one that failed (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY): a
 * statement behind `BEGIN` cannot happen outside of the transaction.
 */
export function queryBehind(
  client: { query(query: Query): unknown },
  texts: readonly string[],
  config: QueryConfig,
): Promise<QueryResult> {
  return new Promise((resolve, reject) => {
    const answer = (error: unknown, result: unknown) => (error ? reject(error) : resolve(result as QueryResult));
    const query = new Query(config, config.values ?? [], answer as never);
    client.query(goBehind(query, texts, config.name));
  });
}

function goBehind(query: Query, texts: readonly string[], name = ""): Query {
  const own = query as unknown as ClientQuery;
  const { submit, handleCommandComplete, handleError } = own;
  let unanswered = texts.length;
  let wasParsed = false;

  own.submit = (connection) => {
    const { stream, parsedStatements } = toQueryConnection(connection);
    wasParsed = name in parsedStatements;
    stream.cork();
    try {
      for (const text of texts) send(toQueryConnection(connection), text);
      return submit.call(query, connection);
    } finally {
      stream.uncork();
    }
  };
  own.handleCommandComplete = (message, connection) => {
    if (unanswered-- <= 0) handleCommandComplete.call(query, message, connection);
  };
  own.handleError = (error, connection) => {
    // pg took the answer to another text for the news that its named statement is parsed.
    if (!wasParsed) delete toQueryConnection(connection).parsedStatements[name];
    handleError.call(query, error, connection);
  };
  return query;
}

function send(connection: QueryConnection, text: string): void {
  connection.parse({ text });
  connection.bind({});
  connection.execute({});
}

function toQueryConnection(connection: Connection): QueryConnection {
  return connection as unknown as QueryConnection;
}
