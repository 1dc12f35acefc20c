import { execFileSync } from "node:child_process";
import { type AnyDesc, createFileRegistry, type DescMessage, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { createOpenApi } from "@concord/sdk/rpc";

/** One document, by where it belongs under `gen/openapi`. */
export interface OpenApiFile {
  readonly path: string;
  readonly text: string;
}

/** Describes every contract of a folder that has a service with methods, with the comments of its file. */
export function printOpenApi(root: string): readonly OpenApiFile[] {
  const image = execFileSync("buf", ["build", "--as-file-descriptor-set", "-o", "-"], { cwd: root, maxBuffer: 1e9 });
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
  return [...registry.files]
    .filter(
      ({ services, name }) => !/^(grpc|google)\//.test(name) && services.some(({ methods }) => methods.length > 0),
    )
    .map((file) => {
      const document = createOpenApi(file.services, { title: file.proto.package, comment: commentOf });
      return { path: `${file.name}.openapi.json`, text: `${JSON.stringify(document, null, 2)}\n` };
    });
}

/** The comment above a declaration, on one line. */
function commentOf(declaration: AnyDesc): string {
  const path = pathOf(declaration);
  if (!path || declaration.kind === "extension") return "";
  const wanted = path.join(".");
  const locations = fileOf(declaration).proto.sourceCodeInfo?.location ?? [];
  const found = locations.find((location) => location.path.join(".") === wanted);
  return (found?.leadingComments ?? "").trim().replaceAll(/\s*\n\s*/g, " ");
}

function fileOf(declaration: AnyDesc) {
  if (declaration.kind === "file") return declaration;
  return "file" in declaration ? declaration.file : declaration.parent.file;
}

/** https://github.com/protocolbuffers/protobuf/blob/main/src/google/protobuf/descriptor.proto, `SourceCodeInfo.Location.path` */
function pathOf(declaration: AnyDesc): readonly number[] | undefined {
  switch (declaration.kind) {
    case "service":
      return [6, declaration.file.services.indexOf(declaration)];
    case "rpc":
      return [...pathOf(declaration.parent)!, 2, declaration.parent.methods.indexOf(declaration)];
    case "message":
      return messagePath(declaration);
    case "field":
      return [...messagePath(declaration.parent), 2, declaration.parent.fields.indexOf(declaration)];
    default:
      return undefined;
  }
}

function messagePath(message: DescMessage): readonly number[] {
  const { parent, file } = message;
  if (!parent) return [4, file.messages.indexOf(message)];
  return [...messagePath(parent), 3, parent.proto.nestedType.indexOf(message.proto)];
}
