import { spawnSync } from "node:child_process";
import { buffer } from "node:stream/consumers";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  CodeGeneratorRequestSchema,
  CodeGeneratorResponseSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";

/**
 * Paths of what a fault can point at, joined by dots: messages, their fields and services, and Concord's options on
 * files, messages and services (https://github.com/protocolbuffers/protobuf/blob/main/src/google/protobuf/descriptor.proto,
 * SourceCodeInfo.Location.path).
 */
const named = /^(8\.50901(\.\d+)*|6\.\d+(\.3\.50901(\.\d+)*)?|4\.\d+(\.3\.\d+)*(\.2\.\d+|\.7\.50901(\.\d+)*)?)$/;

/**
 * Answers a compiler's request as protoc-gen-es does, and puts the source positions back that it drops, without the
 * comments: so a service that starts can say in which file and line its contract is wrong.
 */
export function generateWithPositions(request: Uint8Array): Uint8Array {
  const { protoFile } = fromBinary(CodeGeneratorRequestSchema, request);
  const response = fromBinary(CodeGeneratorResponseSchema, runProtocGenEs(request));
  for (const output of response.file) {
    const file = protoFile.find(({ name }) => name.replace(/\.proto$/, "_pb.js") === output.name);
    if (file === undefined) continue;
    output.content = output.content.replace(/(?<=\bfileDesc\(")[^"]+/, (base64) => appendPositions(base64, file));
  }
  return toBinary(CodeGeneratorResponseSchema, response);
}

function runProtocGenEs(request: Uint8Array): Uint8Array {
  const { stdout, status, error } = spawnSync("protoc-gen-es", {
    input: request,
    maxBuffer: 1e9,
    stdio: ["pipe", "pipe", "inherit"],
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`protoc-gen-es ended with status ${status}`);
  return stdout;
}

/** Appends one more field to an encoded descriptor. */
function appendPositions(base64: string, file: FileDescriptorProto): string {
  const location = (file.sourceCodeInfo?.location ?? [])
    .filter(({ path }) => named.test(path.join(".")))
    .map(({ path, span }) => ({ path, span }));
  const positions = create(FileDescriptorProtoSchema, { sourceCodeInfo: { location } });
  const bytes = [Buffer.from(base64, "base64"), toBinary(FileDescriptorProtoSchema, positions)];
  return Buffer.concat(bytes).toString("base64").replace(/=+$/, "");
}

if (import.meta.main) process.stdout.write(generateWithPositions(await buffer(process.stdin)));
