import type { DescField, DescFile, DescMessage, DescService } from "@bufbuild/protobuf";

/** Gives the comment above a declaration, its lines joined; empty without one. */
export function commentOf(declaration: DescMessage | DescField | DescService): string {
  const { file, path } = placeOf(declaration);
  const wanted = path.join();
  const found = file.proto.sourceCodeInfo?.location.find((location) => location.path.join() === wanted);
  return (found?.leadingComments ?? "").trim().replaceAll(/\s*\n\s*/g, " ");
}

interface Place {
  readonly file: DescFile;
  readonly path: readonly number[];
}

/** @see https://github.com/protocolbuffers/protobuf/blob/main/src/google/protobuf/descriptor.proto (`SourceCodeInfo`) */
function placeOf(declaration: DescMessage | DescField | DescService): Place {
  switch (declaration.kind) {
    case "service":
      return { file: declaration.file, path: [6, declaration.file.services.indexOf(declaration)] };
    case "field": {
      const { parent } = declaration;
      return { file: parent.file, path: [...messagePath(parent), 2, parent.fields.indexOf(declaration)] };
    }
    default:
      return { file: declaration.file, path: messagePath(declaration) };
  }
}

function messagePath(message: DescMessage): readonly number[] {
  const { parent, file } = message;
  if (!parent) return [4, file.messages.indexOf(message)];
  return [...messagePath(parent), 3, parent.proto.nestedType.indexOf(message.proto)];
}
