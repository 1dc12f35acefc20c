import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clone, createFileRegistry, type DescFile } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { file_shop_users_v1_users } from "@concord/gen/shop/users/v1/users_pb.js";
import { messageDeclaration } from "@concord/sdk/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Verdict } from "../rules/judge.ts";
import { readBufSettings } from "./buf-settings.ts";

const path = "proto/shop/users/v1/users.proto";
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "concord-buf-settings-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** A finding at the first message of a file, which has this comment above it. */
function finding(rule: string, severity: Verdict["severity"], comment = ""): Verdict {
  const file = withComment(comment);
  const at = messageDeclaration(file.messages[0]!);
  return { rule, severity, message: "", at, against: undefined, consumers: [], fields: [] };
}

function withComment(leadingComments: string): DescFile {
  const proto = clone(FileDescriptorProtoSchema, file_shop_users_v1_users.proto);
  const location = { path: [4, 0], span: [1, 0, 1], leadingComments };
  const withLocation = { ...proto, sourceCodeInfo: { ...proto.sourceCodeInfo, location: [location] } } as typeof proto;
  const imports = new Map(withImports(file_shop_users_v1_users).map((file) => [`${file.name}.proto`, file]));
  return createFileRegistry(withLocation, (name) => imports.get(name)).getFile(proto.name)!;
}

function withImports(file: DescFile): DescFile[] {
  return [file, ...file.dependencies.flatMap(withImports)];
}

async function leavesOut(yaml: string, verdict: Verdict, type: "lint" | "breaking" = "lint"): Promise<boolean> {
  writeFileSync(join(folder, "buf.yaml"), yaml);
  return (await readBufSettings(folder, type)).leavesOut(verdict, path);
}

describe("a finding is left out as buf would", () => {
  const error = () => finding("EVENT_KEY_FIELD", "error");
  const warning = () => finding("EVENT_UNCONSUMED", "warning");

  test.each([
    ["nothing", "version: v2", error, false],
    ["except of its rule", "lint: {except: [EVENT_KEY_FIELD]}", error, true],
    ["except of another rule", "lint: {except: [EVENT_COMMENT]}", error, false],
    ["except of its category", "lint: {except: [CONCORD_WARNINGS]}", warning, true],
    ["except of the other category", "lint: {except: [CONCORD_WARNINGS]}", error, false],
    ["ignore of its folder", "lint: {ignore: [proto/shop]}", error, true],
    ["ignore of a folder whose name only begins so", "lint: {ignore: [proto/sh]}", error, false],
    ["ignore_only of its rule and file", `lint: {ignore_only: {EVENT_KEY_FIELD: [${path}]}}`, error, true],
    ["ignore_only of its rule elsewhere", "lint: {ignore_only: {EVENT_KEY_FIELD: [proto/concord]}}", error, false],
    ["settings of breaking changes", "breaking: {except: [EVENT_KEY_FIELD]}", error, false],
    ["settings of its module", "modules: [{path: proto, lint: {ignore: [proto/shop]}}]", error, true],
    [
      "settings of the workspace where its module has others",
      "lint: {ignore: [proto]}\nmodules: [{path: proto, lint: {}}]",
      error,
      false,
    ],
  ])("%s", async (_, yaml, verdict, expected) => {
    expect(await leavesOut(yaml, verdict())).toBe(expected);
  });

  test("by a comment above it, where comments may do so", async () => {
    const commented = finding("EVENT_KEY_FIELD", "error", " buf:lint:ignore EVENT_KEY_FIELD\n");
    expect(await leavesOut("version: v2", commented)).toBe(true);
    expect(await leavesOut("lint: {disallow_comment_ignores: true}", commented)).toBe(false);
    expect(await leavesOut("version: v2", commented, "breaking")).toBe(false);
    expect(await leavesOut("version: v2", finding("EVENT_KEY_FIELD", "error", " buf:lint:ignore EVENT\n"))).toBe(false);
  });

  test("but a file that is no YAML is refused, with its place", async () => {
    await expect(leavesOut("lint: [", error())).rejects.toThrow(/buf\.yaml does not read: .*line 1/);
  });
});
