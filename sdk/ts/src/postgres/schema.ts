import { ConcordError } from "../core/error.ts";

const schemaPattern = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * Checks the name of a schema and gives it back. Plain names need no quotes anywhere.
 * @throws {ConcordError} `config`
 */
export function checkSchema(schema: string): string {
  if (schemaPattern.test(schema)) return schema;
  throw new ConcordError(
    "config",
    `"${schema}" is no schema name: use a-z, 0-9 and _, start with no digit, at most 63`,
    {
      details: { field: "schema" },
    },
  );
}
