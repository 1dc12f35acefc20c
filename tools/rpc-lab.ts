import type { DescMessage, Message } from "@bufbuild/protobuf";
import type { GenMessage, GenService } from "@bufbuild/protobuf/codegenv2";
import { compileProtos } from "./compile-protos.ts";

/** One line said to the lab, and its answer. */
export type Line = Message<"lab.v1.Line"> & {
  /** What is said. */
  text: string;
  count: number;
};

type LineSchema = GenMessage<Line>;
type Method<Kind extends string> = { methodKind: Kind; input: LineSchema; output: LineSchema };

/** A service with a method of each kind and of each option, for tests of the RPC runtime. */
export type LabService = GenService<{
  say: Method<"unary">;
  look: Method<"unary">;
  count: Method<"server_streaming">;
  sum: Method<"client_streaming">;
  chat: Method<"bidi_streaming">;
  pay: Method<"unary">;
  charge: Method<"unary">;
  manage: Method<"unary">;
  enter: Method<"unary">;
}>;

const contract = `
syntax = "proto3";
package lab.v1;
import "buf/validate/validate.proto";
import "concord/event/v1/options.proto";
import "concord/rpc/v1/options.proto";

message Line {
  string text = 1 [(buf.validate.field).string.max_len = 5000];
  int32 count = 2 [(buf.validate.field).int32 = {gte: 0, lte: 1000}];
}

service LabService {
  option (concord.event.v1.service) = {name: "lab"};
  rpc Say(Line) returns (Line) { option (concord.rpc.v1.method) = {access: ACCESS_PUBLIC}; }
  rpc Look(Line) returns (Line) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Count(Line) returns (stream Line);
  rpc Sum(stream Line) returns (Line);
  rpc Chat(stream Line) returns (stream Line);
  rpc Pay(Line) returns (Line) { option (concord.rpc.v1.method) = {idempotency: IDEMPOTENCY_KEY_OPTIONAL}; }
  rpc Charge(Line) returns (Line) { option (concord.rpc.v1.method) = {idempotency: IDEMPOTENCY_KEY_REQUIRED}; }
  rpc Manage(Line) returns (Line) { option (concord.rpc.v1.method) = {roles: ["staff", "admin"]}; }
  rpc Enter(Line) returns (Line) { option (concord.rpc.v1.method) = {access: ACCESS_AUTHENTICATED}; }
}
`;

/** Compiles the lab's contract. */
export function compileLab(): { readonly service: LabService; readonly line: GenMessage<Line> } {
  const files = compileProtos({ "lab/v1/lab.proto": contract });
  const line: DescMessage = files.getMessage("lab.v1.Line")!;
  return { service: files.getService("lab.v1.LabService") as LabService, line: line as GenMessage<Line> };
}
