import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { ConcordError } from "../../core/error.ts";
import { type Caller, callerKey } from "../caller.ts";
import type { Authenticate } from "../jwt.ts";
import { createMethodContracts, type MethodContract } from "../method-contract.ts";
import { rpcName } from "./rpc-name.ts";

/**
 * Lets a call go on only where its method's contract allows the caller: everybody, whoever has a valid token, or whoever has
 * one of its roles. A method whose contract says nothing is allowed to nobody.
 */
export function createAuthInterceptor(authenticate: Authenticate): Interceptor {
  const contractOf = createMethodContracts();
  return (next) => async (request) => {
    const contract = contractOf(request.method);
    const token = readToken(request.header);
    if (token === undefined && contract.access !== "public") throw challenge();
    // A public method takes no notice of credentials that are wrong: who has none may call it, too.
    const caller = token === undefined ? undefined : await identify(authenticate, token, contract);
    if (contract.access !== "public") checkRoles(caller, contract, rpcName(request.method));
    request.contextValues.set(callerKey, caller);
    return next(request);
  };
}

async function identify(
  authenticate: Authenticate,
  token: string,
  { access }: MethodContract,
): Promise<Caller | undefined> {
  try {
    return await authenticate(token);
  } catch (error) {
    if (access === "public") return undefined;
    throw error;
  }
}

function checkRoles(caller: Caller | undefined, { access, roles }: MethodContract, name: string): void {
  const fits = roles.some((role) => caller?.roles.includes(role));
  if (fits || (access === "authenticated" && roles.length === 0)) return;
  const wanted = roles.length > 0 ? `needs one of the roles ${roles.join(", ")}` : "is open to nobody by its contract";
  throw new ConcordError("permission_denied", `${name} ${wanted}`);
}

/** https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
function readToken(header: Headers): string | undefined {
  return /^Bearer +(?<token>[A-Za-z0-9._~+/=-]+)$/i.exec(header.get("authorization") ?? "")?.groups?.token;
}

function challenge(): ConnectError {
  const message = "the call needs a token; send the header Authorization: Bearer …";
  return new ConnectError(message, Code.Unauthenticated, { "www-authenticate": "Bearer" });
}
