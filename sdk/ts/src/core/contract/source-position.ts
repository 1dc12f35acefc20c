import type { DescField, DescFile, DescMessage, DescService } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** Number of Concord's options in the options of files, messages, services and fields. */
export const concordOptionNumber = 50901;

const fileFields = FileDescriptorProtoSchema.field;
const [optionsOfMessage, optionsOfService, fieldsOfMessage, nestedMessages] = [7, 3, 2, 3];

/** A declaration in a .proto file, by its path in the file's descriptor (`SourceCodeInfo.Location.path`). */
export interface Declaration {
  readonly file: DescFile;
  readonly path: readonly number[];
}

/** Where a declaration starts, counted from 1. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

/** A message as it is declared. */
export function messageDeclaration(message: DescMessage): Declaration {
  if (message.parent) {
    const { file, path } = messageDeclaration(message.parent);
    return { file, path: [...path, nestedMessages, message.parent.proto.nestedType.indexOf(message.proto)] };
  }
  const index = message.file.proto.messageType.indexOf(message.proto);
  return { file: message.file, path: [fileFields.messageType.number, index] };
}

/** A field as it is declared. */
export function fieldDeclaration(field: DescField): Declaration {
  const { file, path } = messageDeclaration(field.parent);
  return { file, path: [...path, fieldsOfMessage, field.parent.proto.field.indexOf(field.proto)] };
}

/** The option that makes a message an event. */
export function eventDeclaration(message: DescMessage): Declaration {
  const { file, path } = messageDeclaration(message);
  return { file, path: [...path, optionsOfMessage, concordOptionNumber] };
}

/** The option that names the stream of a file. */
export function streamDeclaration(file: DescFile): Declaration {
  return { file, path: [fileFields.options.number, concordOptionNumber] };
}

/** The option that says which service a protobuf service is. */
export function serviceDeclaration(service: DescService): Declaration {
  const index = service.file.proto.service.indexOf(service.proto);
  return { file: service.file, path: [fileFields.service.number, index, optionsOfService, concordOptionNumber] };
}

/**
 * Finds where a declaration stands in its file; when that is not known, where a part of it or what it is part of does.
 * @returns undefined when the descriptor was made without positions, as protoc-gen-es alone makes it.
 */
export function findPosition({ file, path }: Declaration): SourcePosition | undefined {
  const locations = file.proto.sourceCodeInfo?.location ?? [];
  for (let length = path.length; length > 0; length--) {
    const prefix = path.slice(0, length);
    const location = locations.find((candidate) => prefix.every((part, index) => candidate.path[index] === part));
    if (location) return { line: location.span[0]! + 1, column: location.span[1]! + 1 };
  }
  return undefined;
}
