import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { createRegistry } from "@bufbuild/protobuf";
import { file_buf_validate_validate } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { printProto } from "./print-proto.ts";

const root = new URL("../", import.meta.url);

/** The file that a library exports as a descriptor only, and where its printed copy belongs. */
export const validateProto = new URL("third_party/buf/validate/validate.proto", root);

/** Gives the text of `third_party/buf/validate/validate.proto` as the installed library has it. */
export function printValidateProto(): string {
  const manifest = new URL("node_modules/@bufbuild/protovalidate/package.json", root);
  const { name, version } = JSON.parse(readFileSync(manifest, "utf8")) as { name: string; version: string };
  const registry = createRegistry(file_buf_validate_validate);
  return [
    "// Copyright Buf Technologies, Inc. Licensed under the Apache License, Version 2.0.",
    `// Printed from the descriptor of ${name} ${version} by tools/print-third-party.ts; do not edit.`,
    "",
    printProto(file_buf_validate_validate.proto, registry),
  ].join("\n");
}

if (import.meta.main) {
  mkdirSync(dirname(validateProto.pathname), { recursive: true });
  writeFileSync(validateProto, printValidateProto());
}
