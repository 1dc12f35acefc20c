import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createFileRegistry, type FileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

const root = fileURLToPath(new URL("../", import.meta.url));

/**
 * Compiles contracts given as path and text, with their source positions. They may import what the repository's `proto`
 * and `third_party` hold.
 * @throws {Error} with the compiler's own words when a file does not compile.
 */
export function compileProtos(texts: Readonly<Record<string, string>>): FileRegistry {
  const folder = mkdtempSync(join(tmpdir(), "concord-protos-"));
  try {
    for (const [path, text] of Object.entries(texts)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const image = join(folder, "image.binpb");
    const includes = [folder, join(root, "proto"), join(root, "third_party")].map((path) => `-I${path}`);
    const flags = ["--include_imports", "--include_source_info", `--descriptor_set_out=${image}`];
    execFileSync(join(root, "node_modules/.bin/protoc"), [...includes, ...flags, ...Object.keys(texts)], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(image)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
