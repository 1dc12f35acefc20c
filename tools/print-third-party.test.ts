import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { file_buf_validate_validate } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { expect, test } from "vitest";
import { printValidateProto, validateProto } from "./print-third-party.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

function compile(path: string) {
  const flags = ["--as-file-descriptor-set", "--exclude-source-info", "--path", `third_party/${path}`, "-o", "-"];
  const output = execFileSync("node_modules/.bin/buf", ["build", ".", ...flags], { cwd: root, maxBuffer: 1e7 });
  return fromBinary(FileDescriptorSetSchema, output).file.find((file) => file.name === path)!;
}

test("the committed validate.proto is what the installed library prints", () => {
  expect(readFileSync(validateProto, "utf8")).toBe(printValidateProto());
});

test("the printed validate.proto compiles to the library's descriptor byte for byte", () => {
  const compiled = toBinary(FileDescriptorProtoSchema, compile("buf/validate/validate.proto"));
  const original = toBinary(FileDescriptorProtoSchema, file_buf_validate_validate.proto);
  expect(Buffer.compare(compiled, original)).toBe(0);
});

test("the copied files have the digests that their README states", () => {
  const readme = readFileSync(`${root}third_party/README.md`, "utf8");
  const copied = readme.matchAll(/^[0-9a-f]{64} {2}(?<path>\S+)$/gm);
  const paths = [...copied].map(({ groups }) => groups!.path!);
  expect(paths).toHaveLength(6);
  for (const path of paths) {
    const digest = createHash("sha256")
      .update(readFileSync(`${root}third_party/${path}`))
      .digest("hex");
    expect(readme).toContain(`${digest}  ${path}`);
  }
});
