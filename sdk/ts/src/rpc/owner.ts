import { ConcordError } from "../core/error.ts";
import type { Caller } from "./caller.ts";

/**
 * Refuses a caller what belongs to somebody else. `owner` is the subject of whom it belongs to, empty for what belongs to
 * all of them together, such as a list of everybody's; `what` names it in the message.
 * @throws {ConcordError} `permission_denied`
 */
export type RequireOwner = (caller: Caller | undefined, owner: string, what: string) => void;

/** Whom a {@link RequireOwner} lets have what belongs to others. */
export interface OwnerRule {
  /** Callers with one of these roles. Default: none. */
  readonly roles?: readonly string[] | undefined;
}

/**
 * Makes the check behind a method that is open to whoever has credentials, and shows or moves what belongs to one of them.
 * Where calls are not authenticated there is no caller to hold anything against: everything is let through.
 */
export function createOwnerCheck({ roles = [] }: OwnerRule = {}): RequireOwner {
  return (caller, owner, what) => {
    if (!caller || (owner !== "" && caller.subject === owner)) return;
    if (caller.roles.some((role) => roles.includes(role))) return;
    throw new ConcordError("permission_denied", `${what} is another user's`);
  };
}
