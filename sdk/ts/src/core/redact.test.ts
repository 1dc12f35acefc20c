import { create } from "@bufbuild/protobuf";
import { ListUsersResponseSchema, UserCreatedSchema } from "@concord/gen/shop/users/v1/users_pb.js";
import { expect, test } from "vitest";
import { compileProtos } from "../../../../tools/compile-protos.ts";
import { redact } from "./redact.ts";

const schema = compileProtos({
  "redact.proto": `
    syntax = "proto3";
    package redact;
    import "concord/event/v1/options.proto";
    import "google/protobuf/struct.proto";
    message Outer {
      Inner inner = 1;
      repeated Inner list = 2;
      map<string, Inner> map = 3;
      oneof choice { string pin = 4 [(concord.event.v1.sensitive) = true]; string nick = 5; }
      Inner whole = 6 [(concord.event.v1.sensitive) = true];
      repeated string many = 7 [debug_redact = true];
      map<string, string> table = 8 [(concord.event.v1.sensitive) = true];
      bytes raw = 9;
      int64 big = 10;
      google.protobuf.Struct free = 11;
      Outer again = 12;
    }
    message Inner { string secret = 1 [(concord.event.v1.sensitive) = true]; string plain = 2; }
  `,
}).getMessage("redact.Outer")!;

const secret = "s3cr3t";
const inner = { secret, plain: "plain" };
const redactedInner = { secret: "[redacted]", plain: "plain" };

test("T28: no sensitive value survives, wherever it stands", () => {
  const message = create(schema, {
    inner,
    list: [inner],
    map: { key: inner },
    choice: { case: "pin", value: secret },
    whole: inner,
    many: [secret],
    table: { [secret]: secret },
    raw: new TextEncoder().encode(secret),
    big: 9_007_199_254_740_993n,
    free: { text: secret },
    again: { choice: { case: "nick", value: "ada" }, inner },
  } as never);
  expect(redact(schema, message)).toEqual({
    inner: redactedInner,
    list: [redactedInner],
    map: { key: redactedInner },
    pin: "[redacted]",
    whole: "[redacted]",
    many: "[redacted]",
    table: "[redacted]",
    raw: "[6 bytes]",
    big: "9007199254740993",
    free: "[redacted]",
    again: { nick: "ada", inner: redactedInner },
  });
  expect(JSON.stringify(redact(schema, message))).not.toContain(secret);
});

test("unset fields are left out, sensitive ones too", () => {
  expect(redact(UserCreatedSchema, create(UserCreatedSchema, { userId: "ada" }))).toEqual({ user_id: "ada" });
});

test("the shop's mail addresses never reach a log", () => {
  const users = [{ userId: "ada", username: "ada", email: "ada@example.com", fullName: "Ada L" }];
  expect(redact(ListUsersResponseSchema, create(ListUsersResponseSchema, { users }))).toEqual({
    users: [{ user_id: "ada", username: "ada", email: "[redacted]", full_name: "[redacted]" }],
  });
});
