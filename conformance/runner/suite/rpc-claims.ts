import { toJson } from "@bufbuild/protobuf";
import { type Value, ValueSchema } from "@bufbuild/protobuf/wkt";
import { EchoService } from "@concord/gen/concord/conformance/v1/fixture_rpc_pb.js";
import type { HttpRequest, PeerServer, RpcExchange } from "@concord/gen/concord/conformance/v1/rpc_pb.js";

type RpcAct =
  | { readonly case: "rpc"; readonly value: RpcExchange }
  | { readonly case: "http"; readonly value: HttpRequest }
  | { readonly case: "peer"; readonly value: PeerServer };

/** What a testee must claim for an exchange: its part, the way, and streams where the method has any. */
export function rpcClaims(act: RpcAct): readonly string[] {
  if (act.case === "http") return ["rpc_serve", `rpc_serve=${act.value.way}`];
  // Handlers of the testee call the runner's server.
  if (act.case === "peer") return ["rpc_call", `rpc_call=${act.value.way}`];
  const { role, way, method: name } = act.value;
  const op = role === "client" ? "rpc_call" : "rpc_serve";
  const method = EchoService.methods.find((each) => each.name === name);
  const isStream = method !== undefined && method.methodKind !== "unary";
  return [
    op,
    `${op}=${way}`,
    ...(isStream ? [`${op}=streams`] : []),
    ...(act.value.messages.some(hasMetadata) ? [`${op}=metadata`] : []),
  ];
}

/** Whether the plan of a request wants headers or trailers with the answer. */
function hasMetadata(request: Value): boolean {
  const { plan } = toJson(ValueSchema, request) as { plan?: { headers?: unknown; trailers?: unknown } };
  return plan?.headers !== undefined || plan?.trailers !== undefined;
}
