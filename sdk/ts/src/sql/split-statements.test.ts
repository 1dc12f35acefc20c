import { expect, it } from "vitest";
import { splitStatements } from "./split-statements.ts";

it("splits statements and drops what is empty", () => {
  expect(splitStatements("SELECT 1;\n;SELECT 2 ; ")).toEqual(["SELECT 1", "SELECT 2"]);
  expect(splitStatements("-- nothing\n/* at; all */")).toEqual([]);
});

it("keeps a semicolon inside of texts, names and comments", () => {
  const sql = `INSERT INTO t VALUES ('a;''b', "c;d") -- e;f\n /* g;h */`;
  expect(splitStatements(`${sql};SELECT 1`)).toEqual([sql, "SELECT 1"]);
});

it("knows the escapes of PostgreSQL's E'' texts", () => {
  expect(splitStatements(`SELECT E'it\\'s; one';SELECT 2`)).toEqual([`SELECT E'it\\'s; one'`, "SELECT 2"]);
});

it("keeps the body of a PostgreSQL function whole", () => {
  const body = "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $body$ BEGIN; RETURN '$$'; END; $body$";
  expect(splitStatements(`${body};SELECT 1`)).toEqual([body, "SELECT 1"]);
});

it("keeps the body of an SQLite trigger whole", () => {
  const body = `CREATE TRIGGER t AFTER INSERT ON a BEGIN
    UPDATE a SET b = CASE WHEN c THEN 1 ELSE 2 END;
    DELETE FROM d;
  END`;
  expect(splitStatements(`${body};SELECT 1`)).toEqual([body, "SELECT 1"]);
});

it("takes no placeholder for a dollar quote", () => {
  expect(splitStatements("SELECT $1; SELECT $2, $1")).toEqual(["SELECT $1", "SELECT $2, $1"]);
});
