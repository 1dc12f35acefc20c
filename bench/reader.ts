import type { MessageShape } from "@bufbuild/protobuf";
import type { RunningService, ServiceConfig, StartOptions } from "../sdk/ts/src/service/index.ts";
import { createService } from "../sdk/ts/src/service/index.ts";
import type { Credited } from "./contract.ts";

/** How many accounts there are to credit. */
export const accounts = 1_000;

/** What each event does, in whichever way it is consumed. */
export const credit = "UPDATE account SET balance = balance + $1 WHERE name = $2";

/** The accounts, in either dialect. */
export const accountTables = [
  "CREATE TABLE IF NOT EXISTS account (name text PRIMARY KEY, balance int NOT NULL)",
  `WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${accounts - 1})
   INSERT INTO account SELECT 'account-' || n, 0 FROM numbers WHERE true ON CONFLICT DO NOTHING`,
];

/** What the event says. */
export type Credit = MessageShape<Credited> & { readonly account: string; readonly amount: number };

/** How a reader is started. */
export interface ReaderOptions extends Pick<StartOptions, "transport"> {
  readonly name: string;
  readonly config: Partial<ServiceConfig>;
  /** Told of each event whose effect is written. */
  readonly onCredit: (account: string) => void;
}

/** Starts a whole service, as users run it, that reads streams from where its name has come to. */
export function startReader(events: readonly Credited[], options: ReaderOptions): Promise<RunningService> {
  const { name, config, onCredit, transport } = options;
  const service = createService({
    name,
    seed: async ({ tx }) => {
      for (const statement of accountTables) await tx.query(statement);
    },
  });
  for (const credited of events) {
    service.on(credited, async ({ data, tx }) => {
      const { account, amount } = data as Credit;
      await tx.query(credit, [amount, account]);
      onCredit(account);
    });
  }
  const chosen = { logLevel: "warn", ...config };
  return service.start({ listen: false, config: chosen, ...(transport && { transport }) });
}
