import { expect, it } from "vitest";
import { ConcordError } from "../core/error.ts";
import { sqliteCodeOf, sqliteCodes, toLogError } from "./sqlite-error.ts";

it.each([
  [sqliteCodes.full, "resource_exhausted"],
  [sqliteCodes.readOnly, "permission_denied"],
  [sqliteCodes.cannotOpen, "permission_denied"],
  [sqliteCodes.busy, "locked"],
  [sqliteCodes.notDatabase, "config"],
  [sqliteCodes.corrupt, "config"],
  [sqliteCodes.ioError, "unavailable"],
  [1, "internal"],
])("tells what SQLite's %i means, with the path and the cause", (errcode, code) => {
  const cause = Object.assign(new Error("sqlite says"), { errcode: errcode | (3 << 8) });
  expect(sqliteCodeOf(cause)).toBe(errcode);
  expect(toLogError(cause, "/data/events.db")).toMatchObject({
    code,
    cause,
    message: expect.stringContaining("/data/events.db"),
    details: { path: "/data/events.db" },
  });
});

it("leaves an error of ours as it is", () => {
  const error = new ConcordError("not_found", "there is no stream");
  expect(toLogError(error, "/data/events.db")).toBe(error);
});
