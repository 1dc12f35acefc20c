import { readFileSync } from "node:fs";
import type { DescMessage } from "@bufbuild/protobuf";
import {
  ConsumesSchema,
  DeadLetterPolicySchema,
  DeprecationSchema,
  EventOptionsSchema,
  RetryPolicySchema,
  ServiceOptionsSchema,
  StreamOptionsSchema,
} from "@concord/gen/concord/event/v1/options_pb.js";
import { expect, test } from "vitest";
import { checkContracts } from "../sdk/ts/src/core/contract/check-contracts.ts";
import { contractRules, formatContractFault } from "../sdk/ts/src/core/contract/contract-fault.ts";
import { createValidation } from "../sdk/ts/src/validation/validation.ts";
import { compileProtos } from "../tools/compile-protos.ts";

const page = readFileSync(new URL("contracts.md", import.meta.url), "utf8");
const example = page.match(/```proto\n(.*?)```/s)![1]!;
const path = "shop/parcels/v1/parcels.proto";

function faultsOf(text: string): string[] {
  const file = compileProtos({ [path]: text }).getFile(path)!;
  return checkContracts([file], { complete: true, validate: createValidation() }).map(formatContractFault);
}

test("the page's contract compiles and has no fault", () => {
  expect(faultsOf(example)).toEqual([]);
});

test("the page's fault is what the misspelt key of its contract gives", () => {
  const [fault] = faultsOf(example.replace('key: "parcel_id"', 'key: "parcel"'));
  expect(page).toContain(`\n${fault}\n`);
});

test("the page lists exactly the rules that are checked", () => {
  const rows = page.matchAll(/^\| ([A-Z_]+) \| (.*) \|$/gm);
  expect(Object.fromEntries([...rows].map(([, id, text]) => [id, text]))).toEqual(contractRules);
});

test.each<[string, DescMessage]>([
  ["", EventOptionsSchema],
  ["retry.", RetryPolicySchema],
  ["dead_letter.", DeadLetterPolicySchema],
  ["deprecation.", DeprecationSchema],
  ["", StreamOptionsSchema],
  ["", ServiceOptionsSchema],
  ["", ConsumesSchema],
])("the page explains every option %s of %s", (prefix, schema) => {
  for (const { name } of schema.fields.filter(({ message }) => message === undefined)) {
    expect(page).toMatch(new RegExp(`\`(${prefix}|\\.)${name}\``));
  }
});
