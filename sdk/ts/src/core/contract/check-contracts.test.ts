import { readFileSync } from "node:fs";
import { createRegistry, type DescFile, ScalarType } from "@bufbuild/protobuf";
import { file_shop_common_v1_money } from "@concord/gen/shop/common/v1/money_pb.js";
import { file_shop_inventory_v1_inventory } from "@concord/gen/shop/inventory/v1/inventory_pb.js";
import { file_shop_notifications_v1_notifications } from "@concord/gen/shop/notifications/v1/notifications_pb.js";
import {
  file_shop_orders_v1_orders,
  OrderConfirmedSchema,
  OrderService,
} from "@concord/gen/shop/orders/v1/orders_pb.js";
import { file_shop_payments_v1_payments } from "@concord/gen/shop/payments/v1/payments_pb.js";
import { file_shop_users_v1_users } from "@concord/gen/shop/users/v1/users_pb.js";
import { describe, expect, test } from "vitest";
import { compileProtos } from "../../../../../tools/compile-protos.ts";
import { createValidation } from "../../validation/validation.ts";
import { checkContracts } from "./check-contracts.ts";
import { contractRules, formatContractFault } from "./contract-fault.ts";
import type { ContractSetOptions } from "./contract-set.ts";
import { eventDeclaration, fieldDeclaration, findPosition, serviceDeclaration } from "./source-position.ts";

const shop: readonly DescFile[] = [
  file_shop_common_v1_money,
  file_shop_inventory_v1_inventory,
  file_shop_notifications_v1_notifications,
  file_shop_orders_v1_orders,
  file_shop_payments_v1_payments,
  file_shop_users_v1_users,
];

/** Faulty contracts by the rule they break. `@` marks the line of each fault, the last words name it. */
const cases: readonly { readonly rule: keyof typeof contractRules; readonly says: string; readonly body: string }[] = [
  { rule: "EVENT_OWNER_KNOWN", says: "names no owner", body: `message E { @option (concord.event.v1.event) = {}; }` },
  {
    rule: "EVENT_OWNER_KNOWN",
    says: 'owned by "nobody", but no service has that name',
    body: `message E { @option (concord.event.v1.event) = {owner: "nobody"}; }`,
  },
  {
    rule: "EVENT_KEY_FIELD",
    says: '"missing", which is no field',
    body: `message E { @option (concord.event.v1.event) = {owner: "own" key: "missing"}; }`,
  },
  ...["float", "double", "bytes", "repeated string", "map<string, string>", "E"].map((type) => ({
    rule: "EVENT_KEY_FIELD" as const,
    says: '"k", which is no singular string, integer, bool or enum',
    body: `message E { @option (concord.event.v1.event) = {owner: "own" key: "k"}; ${type} k = 1; }`,
  })),
  {
    rule: "EVENT_KEY_FIELD",
    says: '"in.k", which is no field, or lies in a list or map',
    body: `message E { @option (concord.event.v1.event) = {owner: "own" key: "in.k"}; repeated F in = 1; }
           message F { string k = 1; }`,
  },
  {
    rule: "EVENT_KEY_FIELD",
    says: '"k", may be empty',
    body: `message E { @option (concord.event.v1.event) = {owner: "own" key: "k"}; string k = 1; }`,
  },
  {
    rule: "EVENT_KEY_FIELD",
    says: '"in.k", may be empty',
    body: `message E { @option (concord.event.v1.event) = {owner: "own" key: "in.k"}; F in = 1; }
           message F { string k = 1 [(buf.validate.field).string.max_len = 3]; }`,
  },
  {
    rule: "EVENT_IDEMPOTENCY_FIELDS",
    says: '"missing", which is no field',
    body: `message E { @option (concord.event.v1.event) = {owner: "own" idempotency: ["a", "missing"]}; string a = 1; }`,
  },
  {
    rule: "EVENT_IDEMPOTENCY_FIELDS",
    says: '"a" twice',
    body: `message E { @option (concord.event.v1.event) = {owner: "own" idempotency: ["a", "a"]}; string a = 1; }`,
  },
  ...["float", "repeated int32", "map<string, string>"].map((type) => ({
    rule: "EVENT_IDEMPOTENCY_FIELDS" as const,
    says: '"a", which is no singular',
    body: `message E { @option (concord.event.v1.event) = {owner: "own" idempotency: "a"}; ${type} a = 1; }`,
  })),
  {
    rule: "SENSITIVE_NOT_IN_KEY",
    says: '"k" of PACKAGE.E is sensitive',
    body: `message E { @option (concord.event.v1.event) = {owner: "own" key: "k"};
             string k = 1 [(concord.event.v1.sensitive) = true, (buf.validate.field).string.min_len = 1]; }`,
  },
  {
    rule: "SENSITIVE_NOT_IN_KEY",
    says: '"in.a" of PACKAGE.E is sensitive',
    body: `message E { @option (concord.event.v1.event) = {owner: "own" idempotency: "in.a"};
             F in = 1 [debug_redact = true]; }
           message F { string a = 1; }`,
  },
  {
    rule: "SUBJECT_NO_OVERLAP",
    says: "needs tokens of",
    body: `message E { @option (concord.event.v1.event) = {owner: "own" subject: "any.>"}; }`,
  },
  {
    rule: "SUBJECT_NO_OVERLAP",
    says: "PACKAGE.F has the subject of PACKAGE.E",
    body: `message E { option (concord.event.v1.event) = {owner: "own" subject: "same"}; }
           message F { @option (concord.event.v1.event) = {owner: "own" subject: "same"}; }`,
  },
  {
    rule: "RETRY_FITS_LIMITS",
    says: "max_attempts 0",
    body: `message E { @option (concord.event.v1.event) = {owner: "own" retry: {max_attempts: 0}}; }`,
  },
  {
    rule: "RETRY_FITS_LIMITS",
    says: "handler_timeout_ms 0",
    body: `message E { @option (concord.event.v1.event) = {owner: "own" retry: {handler_timeout_ms: 0}}; }`,
  },
  {
    rule: "RETRY_FITS_LIMITS",
    says: "initial_ms 500 first, which is more than max_ms 400",
    body: `message E { @option (concord.event.v1.event) = {owner: "own" retry: {initial_ms: 500 max_ms: 400}}; }`,
  },
  {
    rule: "RETRY_FITS_LIMITS",
    says: "its stream keeps it for 604800000 ms only",
    body: `message E { @option (concord.event.v1.event) = {owner: "own" retry: {max_attempts: 20000}}; }`,
  },
  {
    rule: "RETRY_FITS_LIMITS",
    says: "dead letters would be lost",
    body: `message E { @option (concord.event.v1.event) = {owner: "own" dead_letter: {retention_days: 0}}; }`,
  },
  {
    rule: "COMMAND_ONE_OWNER",
    says: '"thief" consumes the command PACKAGE.C, which goes to "own" alone',
    body: `message C { option (concord.event.v1.event) = {kind: EVENT_KIND_COMMAND owner: "own"}; }
           service Thief { @option (concord.event.v1.service) = {name: "thief" consumes: {event: "PACKAGE.C"}}; }`,
  },
  {
    rule: "CONSUMES_EXISTS",
    says: '"reader" consumes PACKAGE.None, which is no message',
    body: `service Reader { @option (concord.event.v1.service) = {name: "reader" consumes: {event: "PACKAGE.None"}}; }`,
  },
  {
    rule: "CONSUMES_EXISTS",
    says: "PACKAGE.M, which is a message but no event or command",
    body: `message M {}
           service Reader { @option (concord.event.v1.service) = {name: "reader" consumes: {event: "PACKAGE.M"}}; }`,
  },
  {
    rule: "CONSUMES_EXISTS",
    says: '"reader" reads "gone" of PACKAGE.E, which has no such field',
    body: `message E { option (concord.event.v1.event) = {owner: "own"}; string a = 1; }
           service Reader { @option (concord.event.v1.service) = {
             name: "reader" consumes: {event: "PACKAGE.E" fields: ["a", "gone"]}}; }`,
  },
  {
    rule: "CONSUMES_EXISTS",
    says: '"reader" reads "lines.gone" of PACKAGE.E, which has no such field',
    body: `message Line { string a = 1; }
           message E { option (concord.event.v1.event) = {owner: "own"}; repeated Line lines = 1; map<string, Line> by = 2; }
           service Reader { @option (concord.event.v1.service) = {
             name: "reader" consumes: {event: "PACKAGE.E" fields: ["lines.a", "by.a", "lines.gone"]}}; }`,
  },
  {
    rule: "CONSUMES_EXISTS",
    says: '"sender" sends PACKAGE.E, which is an event but no command',
    body: `message E { option (concord.event.v1.event) = {owner: "own"}; }
           service Sender { @option (concord.event.v1.service) = {name: "sender" sends: "PACKAGE.E"}; }`,
  },
  {
    rule: "CONSUMES_EXISTS",
    says: '"caller" calls PACKAGE.NoService, which is no service',
    body: `service Plain {}
           service Caller { @option (concord.event.v1.service) = {
             name: "caller" calls: ["PACKAGE.Plain", "PACKAGE.NoService"]}; }`,
  },
  {
    rule: "SERVICE_NAME_VALID",
    says: '"Bad.Name" is no service name',
    body: `service Bad { @option (concord.event.v1.service) = {name: "Bad.Name"}; }`,
  },
  {
    rule: "MONEY_NOT_FLOAT",
    says: "PACKAGE.M.unit_price holds money as a float",
    body: `message M { string name = 1;\n @double unit_price = 2; }`,
  },
  {
    rule: "MONEY_NOT_FLOAT",
    says: "PACKAGE.Outer.Money.units holds money as a float",
    body: `message Outer { message Money {\n @float units = 1; } }`,
  },
];

/** Faulty stream options, each of a file of its own. */
const streamCases: readonly {
  readonly rule: keyof typeof contractRules;
  readonly says: string;
  readonly stream: string;
}[] = [
  { rule: "STREAM_PARTITIONS_RANGE", says: "has 0 partitions", stream: `name: "s1" partitions: 0` },
  { rule: "STREAM_PARTITIONS_RANGE", says: "has 257 partitions", stream: `name: "s2" partitions: 257` },
  { rule: "STREAM_NAME_UNIQUE_VALID", says: '"No.Token" is no stream name', stream: `name: "No.Token"` },
  { rule: "STREAM_NAME_UNIQUE_VALID", says: '"" is no stream name', stream: `retention_days: 3` },
  { rule: "STREAM_LIMITS_VALID", says: "has 2 replicas", stream: `name: "s3" replicas: 2` },
  { rule: "STREAM_LIMITS_VALID", says: "has a limit of 0", stream: `name: "s4" max_bytes: 0` },
  { rule: "STREAM_LIMITS_VALID", says: "has a limit of 0", stream: `name: "s5" max_messages: 0` },
  {
    rule: "DEDUPE_LE_RETENTION",
    says: "less than its dedupe window",
    stream: `name: "s6" dedupe_window_seconds: 700000`,
  },
];

function protoText(packageName: string, stream: string, body: string): string {
  return `syntax = "proto3";
package ${packageName};
import "buf/validate/validate.proto";
import "concord/event/v1/options.proto";
${stream}
service Own { option (concord.event.v1.service) = {name: "own"}; }
${body.replaceAll("PACKAGE", packageName)}`;
}

const texts = Object.fromEntries([
  ...cases.map(({ body }, index) => [
    `case${index}.proto`,
    protoText(`case${index}`, `option (concord.event.v1.stream) = {name: "case${index}"};`, body),
  ]),
  ...streamCases.map(({ stream }, index) => [
    `stream${index}.proto`,
    protoText(`stream${index}`, `@option (concord.event.v1.stream) = {${stream}};`, ""),
  ]),
  ["twin1.proto", protoText("twin1", `option (concord.event.v1.stream) = {name: "twin"};`, "")],
  ["twin2.proto", protoText("twin2", `@option (concord.event.v1.stream) = {name: "twin" partitions: 3};`, "")],
  ["bare.proto", protoText("bare", "", `message E { @option (concord.event.v1.event) = {owner: "own"}; }`)],
]) as Readonly<Record<string, string>>;

const registry = compileProtos(
  Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, text.replaceAll("@", "")])),
);
const complete: ContractSetOptions = { complete: true, validate: createValidation() };

function faultsOf(paths: readonly string[], options: ContractSetOptions = complete): string[] {
  return checkContracts(
    paths.map((path) => registry.getFile(path)!),
    options,
  ).map(formatContractFault);
}

/** The place that `@` marks, as faults write it. */
function markedPlace(path: string): string {
  const before = texts[path]!.slice(0, texts[path]!.indexOf("@")).split("\n");
  return `${path}:${before.length}:${before.at(-1)!.length + 1}`;
}

describe("every fault is named with its file, line and rule", () => {
  test.each(cases.map((entry, index) => ({ ...entry, index })))("$rule: $says ($index)", ({ rule, says, index }) => {
    const path = `case${index}.proto`;
    expect(faultsOf([path])).toEqual([expect.stringContaining(says.replaceAll("PACKAGE", `case${index}`))]);
    expect(faultsOf([path])[0]).toContain(`${markedPlace(path)} ${rule} `);
  });

  test.each(streamCases.map((entry, index) => ({ ...entry, index })))(
    "$rule: $says ($index)",
    ({ rule, says, index }) => {
      const path = `stream${index}.proto`;
      expect(faultsOf([path])).toEqual([expect.stringContaining(says)]);
      expect(faultsOf([path])[0]).toContain(`${markedPlace(path)} ${rule} `);
    },
  );

  test("STREAM_NAME_UNIQUE_VALID, T21: two files cannot declare one stream", () => {
    expect(faultsOf(["twin1.proto", "twin2.proto"])).toEqual([
      `${markedPlace("twin2.proto")} STREAM_NAME_UNIQUE_VALID the stream "twin" is declared in twin1.proto too; declare it once`,
    ]);
  });

  test("EVENT_STREAM_EXISTS: an event needs a stream in its file", () => {
    expect(faultsOf(["bare.proto"])).toEqual([
      expect.stringContaining(`${markedPlace("bare.proto")} EVENT_STREAM_EXISTS bare.E has no stream`),
    ]);
  });
});

test("every rule has a case that breaks it", () => {
  const broken = new Set(faultsOf(Object.keys(texts)).map((fault) => fault.split(" ")[1]));
  expect([...broken].sort()).toEqual(Object.keys(contractRules).sort());
});

test("all faults of a set come at once, in the order of files and lines", () => {
  const faults = checkContracts(registry.files, complete);
  expect(faults.length).toBe(cases.length + streamCases.length + 2);
  const places = faults.map(({ file, line }) => `${file}:${String(line).padStart(4, "0")}`);
  expect(places).toEqual(places.toSorted());
});

test("a service that starts does not blame names of packages that it has not loaded", () => {
  const payments = checkContracts([file_shop_orders_v1_orders], { service: "orders" });
  expect(payments).toEqual([]);
  expect(checkContracts([file_shop_orders_v1_orders], { complete: true }).map(({ rule }) => rule)).toContain(
    "CONSUMES_EXISTS",
  );
});

test("a service that starts is told of its own misspelt names, not of those of others", () => {
  const reader = cases.findIndex(({ says }) => says.includes("PACKAGE.None"));
  expect(faultsOf([`case${reader}.proto`], { service: "reader" })).toHaveLength(1);
  expect(faultsOf([`case${reader}.proto`], { service: "own" })).toEqual([]);
});

test("a key without a rule is no fault where field rules are not given", () => {
  const index = cases.findIndex(({ says }) => says.includes("may be empty"));
  expect(faultsOf([`case${index}.proto`], { complete: true })).toEqual([]);
});

test("the shop's contracts have no fault", () => {
  expect(checkContracts(shop, complete).map(formatContractFault)).toEqual([]);
});

test("T29: no float is in any contract of the shop", () => {
  const floats: ReadonlySet<unknown> = new Set([ScalarType.FLOAT, ScalarType.DOUBLE]);
  const fields = [...createRegistry(...shop)].flatMap((type) => (type.kind === "message" ? type.fields : []));
  expect(fields.length).toBeGreaterThan(100);
  expect(fields.filter(({ scalar }) => floats.has(scalar)).map(String)).toEqual([]);
});

test.each([
  ["an event", eventDeclaration(OrderConfirmedSchema), "message OrderConfirmed {", 1],
  ["a service", serviceDeclaration(OrderService), "service OrderService {", 1],
  ["a field", fieldDeclaration(OrderConfirmedSchema.field.paymentId), "// The payment that paid it.", 1],
])("a generated descriptor knows the line of %s in its .proto file", (_, declaration, lineBefore, distance) => {
  const path = new URL(`../../../../../proto/${declaration.file.proto.name}`, import.meta.url);
  const lines = readFileSync(path, "utf8").split("\n");
  const expected = lines.findIndex((line) => line.trim() === lineBefore) + 1 + distance;
  expect(findPosition(declaration)?.line).toBe(expected);
});
