import { expect, it } from "vitest";
import { createOwnerCheck } from "./owner.ts";

const caller = (subject: string, ...roles: string[]) => ({ subject, roles, claims: {} });
const requireOwner = createOwnerCheck({ roles: ["staff", "service"] });
const refused = expect.objectContaining({ code: "permission_denied", message: "order o-1 is another user's" });

it("lets a caller have what is its own, and refuses what is another's, naming it", () => {
  requireOwner(caller("ada", "customer"), "ada", "order o-1");
  expect(() => requireOwner(caller("bob", "customer"), "ada", "order o-1")).toThrow(refused);
});

it("lets callers with one of its roles have what is anybody's, and nobody where it names no role", () => {
  requireOwner(caller("bob", "customer", "staff"), "ada", "order o-1");
  expect(() => createOwnerCheck()(caller("bob", "staff"), "ada", "order o-1")).toThrow(refused);
});

it("refuses what is everybody's also to a caller whose token has an empty subject", () => {
  expect(() => requireOwner(caller("", "customer"), "", "order o-1")).toThrow(refused);
  requireOwner(caller("", "service"), "", "order o-1");
});

it("refuses nothing where calls are not authenticated", () => {
  requireOwner(undefined, "ada", "order o-1");
});
