import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ReplySchema, Request } from "@concord/gen/concord/conformance/v1/testee_pb.js";
import type { Testee } from "../testee.ts";

/** Name of an op, as the field of `Request` is called in code. */
export type OpName = NonNullable<Request["op"]["case"]>;

/** What an op is asked. */
export type Asked<Name extends OpName> = Extract<Request["op"], { case: Name }>["value"];

/** What it answers. */
export type Answer<Name extends OpName> = Extract<
  NonNullable<MessageInitShape<typeof ReplySchema>["result"]>,
  { case: Name }
>["value"];

/** Does one thing and answers. What it throws becomes the reply's error. */
export type Op<Name extends OpName> = (asked: Asked<Name>, testee: Testee) => Answer<Name> | Promise<Answer<Name>>;

/** All ops that this testee knows. */
export type Ops = { readonly [Name in OpName]: Op<Name> };
