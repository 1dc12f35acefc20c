import type { DescMessage } from "@bufbuild/protobuf";
import type { Clock } from "../../sdk/ts/src/core/clock.ts";
import type { Sql } from "../../sdk/ts/src/core/database.ts";
import type { EventHandler, Middleware } from "../../sdk/ts/src/core/handler.ts";
import { meetFate, readFate } from "./fate.ts";
import { recordCommit, recordEffect } from "./ledger.ts";

/** What a witness works with. */
export interface WitnessOptions {
  readonly consumer: string;
  readonly clock: Clock;
  /** The time that is written down, the same for all processes. */
  readonly now: () => number;
  /** Counts runs outside of every transaction, over all processes. */
  readonly calls: { get(name: string): number | undefined; set(name: string, count: number): unknown };
  /** Ends the process. */
  readonly die: () => Promise<never>;
}

/** Makes a middleware that lets each event meet its fate and notes its effect in the handler's transaction. */
export function witness({ consumer, clock, now, calls, die }: WitnessOptions): Middleware {
  return (next) => async (attempt) => {
    const { event, scope, signal } = attempt;
    const { envelope, redrives, data } = event;
    const { source, id, key, sequence } = envelope;
    const tx = scope.tx as Sql;
    const name = `${consumer} ${source} ${id}`;
    const earlierRuns = calls.get(name) ?? 0;
    calls.set(name, earlierRuns + 1);
    await recordEffect(tx, { consumer, source, id, key, sequence, redrives, atMs: now() });
    await meetFate(readFate("fate" in data ? String(data.fate) : ""), { clock, signal, earlierRuns, redrives, die });
    await next(attempt);
  };
}

/** Makes a handler that commits an answer along with its effect. */
export function answering(
  answer: DescMessage,
  { consumer, source, now }: { readonly consumer: string; readonly source: string; readonly now: () => number },
): EventHandler {
  return async ({ envelope, publish, tx }) => {
    const { key } = envelope;
    const { id } = await publish(answer, key === undefined ? {} : { account: key });
    const cause = { consumer, source: envelope.source, id: envelope.id };
    await recordCommit(tx as Sql, { source, id, key, type: answer.typeName, cause, mayDie: false, atMs: now() });
  };
}
