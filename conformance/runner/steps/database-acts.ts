import type { ChangeRows, DatabaseAct, FailInserts } from "@concord/gen/concord/conformance/v1/server_act_pb.js";
import type { Step } from "@concord/gen/concord/conformance/v1/step_pb.js";
import { type CaseContext, testeeOf } from "../context/case-context.ts";
import { type CaseDatabase, checkedName } from "../database/case-database.ts";
import type { Json } from "../suite/json.ts";
import { SuiteError } from "../suite/suite-error.ts";
import { bytesOfJson } from "../wire/bytes-value.ts";

/** The database of a testee. */
export function databaseOf(context: CaseContext, on: string): CaseDatabase {
  const { database, name } = testeeOf(context, on);
  if (database) return database;
  throw new SuiteError(`testee ${name} has no database: the case needs an axis db`);
}

/** Does something to the database of a testee. */
export async function doDatabase(context: CaseContext, step: Step, { act }: DatabaseAct): Promise<void> {
  const database = databaseOf(context, step.on);
  context.log.add("database", { act: act.case });
  switch (act.case) {
    case "stop":
      return database.stop();
    case "start":
      return database.start();
    case "snapshot":
      return database.snapshot();
    case "restore":
      return database.restore();
    case "holdTransaction":
      return database.holdTransaction();
    case "holdKey":
      return database.holdTransaction(act.value);
    case "endTransaction":
      return database.endTransaction();
    case "disconnect":
      return database.disconnect();
    case "failInserts":
      return failInserts(database, act.value);
    case "change":
    case "delete":
      return changeRows(database, act.case, act.value);
    default:
      throw new SuiteError(`the database act ${act.case} is not known`);
  }
}

/** A trigger that raises an error and counts in a sequence, which no rollback takes back. */
async function failInserts(database: CaseDatabase, { table, sqlstate, times }: FailInserts): Promise<void> {
  if (database.dialect !== "postgres") throw new SuiteError("only PostgreSQL's inserts can be made to fail");
  if (!/^[0-9A-Z]{5}$/.test(sqlstate)) throw new SuiteError(`"${sqlstate}" is no SQLSTATE`);
  const name = checkedName(table);
  await database.execute(`CREATE SEQUENCE cf_failures_${name}`);
  await database.execute(`CREATE FUNCTION cf_fail_${name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF nextval('cf_failures_${name}') <= ${times} THEN RAISE EXCEPTION 'planned' USING ERRCODE = '${sqlstate}'; END IF;
      RETURN NEW;
    END $$`);
  await database.execute(
    `CREATE TRIGGER cf_fail BEFORE INSERT ON ${name} FOR EACH ROW EXECUTE FUNCTION cf_fail_${name}()`,
  );
}

async function changeRows(database: CaseDatabase, act: "change" | "delete", { table, where, set }: ChangeRows) {
  const conditions = Object.entries(where ?? {});
  const changes = Object.entries(set ?? {});
  const clause =
    conditions.length > 0 ? ` WHERE ${conditions.map(([name]) => `${checkedName(name)} = ?`).join(" AND ")}` : "";
  const assignments = changes.map(([name]) => `${checkedName(name)} = ?`).join(", ");
  const verb =
    act === "delete" ? `DELETE FROM ${checkedName(table)}` : `UPDATE ${checkedName(table)} SET ${assignments}`;
  await database.execute(
    `${verb}${clause}`,
    [...changes, ...conditions].map(([name, value]) => boundValue(name, value as Json)),
  );
}

/** Columns that hold bytes, which a suite writes as it writes all bytes. */
const byteColumns = new Set(["body"]);

function boundValue(column: string, value: Json): unknown {
  return byteColumns.has(column) ? bytesOfJson(value) : value;
}
