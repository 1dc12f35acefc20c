import { EchoService } from "@concord/gen/concord/conformance/v1/fixture_rpc_pb.js";
import type { HttpRequest, RpcExchange } from "@concord/gen/concord/conformance/v1/rpc_pb.js";

type RpcAct =
  | { readonly case: "rpc"; readonly value: RpcExchange }
  | { readonly case: "http"; readonly value: HttpRequest };

/** What a testee must claim for an exchange: its part, the way, and streams where the method has any. */
export function rpcClaims(act: RpcAct): readonly string[] {
  if (act.case === "http") return ["rpc_serve", ...(act.value.way ? [`rpc_serve=${act.value.way}`] : [])];
  const { role, way, method: name } = act.value;
  const op = role === "client" ? "rpc_call" : "rpc_serve";
  const method = EchoService.methods.find((each) => each.name === name);
  const isStream = method !== undefined && method.methodKind !== "unary";
  return [op, `${op}=${way}`, ...(isStream ? [`${op}=streams`] : [])];
}
