import type { HandlerContext } from "@connectrpc/connect";
import type { Log } from "../core/log.ts";
import { callerKey, idempotentCall, type RpcRoute } from "../rpc/index.ts";
import type { RpcContext, RpcRegistration, Surroundings } from "./definition.ts";
import type { Transact } from "./transactor.ts";

/** What a service's RPC methods are given. */
export interface RpcBinding {
  readonly db: unknown;
  readonly transact: Transact;
  readonly surroundings: Surroundings;
  readonly log: Log;
}

/** Makes routes of a service's registrations: each method gets its request and the service's own context. */
export function bindRpcs(registrations: readonly RpcRegistration[], binding: RpcBinding): readonly RpcRoute[] {
  return registrations.map(({ service, implementation }) => {
    const methods = Object.entries(implementation).flatMap(([name, method]) =>
      method ? [[name, method] as const] : [],
    );
    const bound = methods.map(([name, method]) => [name, bind(method, binding)] as const);
    return { service, implementation: Object.fromEntries(bound) as unknown as RpcRoute["implementation"] };
  });
}

type Method = NonNullable<RpcRegistration["implementation"][string]>;

function bind(method: Method, binding: RpcBinding) {
  return (request: never, call: HandlerContext) => method(request, toContext(call, binding));
}

function toContext(
  call: HandlerContext,
  { db, transact, surroundings, log }: RpcBinding,
): RpcContext<unknown, unknown> {
  const { signal, values } = call;
  return {
    ...surroundings,
    db,
    signal,
    log,
    headers: call.requestHeader,
    transaction: (run) => transact(run, { signal, step: values.get(idempotentCall)?.nextStep() }),
    caller: values.get(callerKey),
    timeLeftMs: () => call.timeoutMs(),
  };
}
