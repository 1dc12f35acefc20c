import { type Connection, Query, type QueryConfig, type QueryResult } from "pg";

/** What pg's query does for its client and `@types/pg` leaves out. */
interface ClientQuery {
  submit(connection: Connection): unknown;
  handleCommandComplete(message: unknown, connection: Connection): void;
  handleError(error: unknown, connection: Connection): void;
  handleReadyForQuery(connection: Connection): void;
}

/** What a query needs of its connection; `@types/pg` asks for an argument that is long gone. */
interface QueryConnection {
  readonly parsedStatements: Record<string, unknown>;
  readonly stream: { cork(): void; uncork(): void };
  parse(statement: { readonly text: string }): void;
  bind(portal: Record<string, never>): void;
  execute(portal: Record<string, never>): void;
  sync(): void;
  on(event: "parseComplete", listener: () => void): void;
  off(event: "parseComplete", listener: () => void): void;
}

/** Statements around another one, without values or results. */
export interface Surrounding {
  readonly before?: readonly string[] | undefined;
  readonly after?: readonly string[] | undefined;
}

/**
 * Runs a statement among others in one round trip, and gives its result once all have run. All go up to one `Sync`, so that
 * the server runs none behind one that failed
 * (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY): a statement behind `BEGIN` cannot
 * happen outside of the transaction, and no `COMMIT` follows a statement that failed.
 */
export function queryAmong(
  client: { query(query: Query): unknown },
  surrounding: Surrounding,
  config: QueryConfig,
): Promise<QueryResult> {
  return new Promise((resolve, reject) => {
    const answer = (error: unknown, result: unknown) => (error ? reject(error) : resolve(result as QueryResult));
    const query = new Query(config, config.values ?? [], answer as never);
    client.query(goAmong(query, surrounding, config.name));
  });
}

function goAmong(query: Query, { before = [], after = [] }: Surrounding, name = ""): Query {
  const own = query as unknown as ClientQuery;
  const { submit, handleCommandComplete, handleError, handleReadyForQuery } = own;
  let completed = 0;
  let parsed = 0;
  let wasParsed = false;
  const countParsed = () => {
    parsed++;
  };

  own.submit = (given) => {
    const connection = toQueryConnection(given);
    wasParsed = name in connection.parsedStatements;
    connection.on("parseComplete", countParsed);
    connection.stream.cork();
    try {
      for (const text of before) send(connection, text);
      return submit.call(query, endingWith(connection, after));
    } finally {
      connection.stream.uncork();
    }
  };
  own.handleCommandComplete = (message, connection) => {
    if (completed++ === before.length) handleCommandComplete.call(query, message, connection);
  };
  own.handleError = (error, given) => {
    const connection = toQueryConnection(given);
    connection.off("parseComplete", countParsed);
    // pg took the answer to a text before for the news that the named statement is parsed.
    if (!wasParsed && parsed <= before.length) delete connection.parsedStatements[name];
    handleError.call(query, error, given);
  };
  own.handleReadyForQuery = (given) => {
    toQueryConnection(given).off("parseComplete", countParsed);
    handleReadyForQuery.call(query, given);
  };
  return query;
}

/** The connection as the query sees it: more goes out before its `Sync`. */
function endingWith(connection: QueryConnection, texts: readonly string[]): Connection {
  const sync = () => {
    for (const text of texts) send(connection, text);
    connection.sync();
  };
  return Object.create(connection, { sync: { value: sync } });
}

function send(connection: QueryConnection, text: string): void {
  connection.parse({ text });
  connection.bind({});
  connection.execute({});
}

function toQueryConnection(connection: Connection): QueryConnection {
  return connection as unknown as QueryConnection;
}
