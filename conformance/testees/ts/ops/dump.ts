import type { JsonObject } from "@bufbuild/protobuf";
import type { Session } from "../session/session.ts";
import type { Op } from "./op.ts";

/** Shows the tables and how much is under way. */
export const dump: Op<"dump"> = async (_, { session }) => {
  const status = await session.consumer?.status();
  const slots = status?.running ?? 0;
  const unfinished = status?.streams.reduce((sum, stream) => sum + stream.unfinished, 0) ?? 0;
  return {
    outbox: await rowsOf(session, "concord_outbox", "id"),
    inbox: await rowsOf(session, "concord_inbox", "source, event_id"),
    parked: await rowsOf(session, "concord_parked", "stream, sequence"),
    leases: await rowsOf(session, "concord_lease", "scope, partition"),
    slots,
    buffered: Math.max(0, unfinished - slots),
  };
};

async function rowsOf({ storage }: Session, table: string, order: string): Promise<JsonObject[]> {
  if (!storage) return [];
  const { database } = storage;
  const rows = await database.query(database.db, `SELECT * FROM ${table} ORDER BY ${order}`);
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toJson(value)])));
}

/** Numbers as strings, bytes as hex, so that all languages say the same. */
function toJson(value: unknown): JsonObject[string] {
  if (value === null || value === undefined) return null;
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (typeof value === "object") return JSON.stringify(value);
  return value as string | boolean;
}
