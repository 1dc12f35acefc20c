import { ConcordError, type RpcContext } from "@concord/sdk";

/** Roles that see and move what belongs to any user. */
const anyUser = ["staff", "service"];

/**
 * Refuses a caller what is another user's, unless it is staff or a service of the shop. Where calls are not authenticated
 * everybody may do everything. An empty user stands for all of them.
 * @throws {ConcordError} `permission_denied`
 */
export function requireOwner(caller: RpcContext["caller"], userId: string, what: string): void {
  if (!caller || (userId !== "" && caller.subject === userId)) return;
  if (caller.roles.some((role) => anyUser.includes(role))) return;
  throw new ConcordError("permission_denied", `${what} is another user's`);
}
