import type { DescExtension, DescFile } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";

/** Finds files by what they declare. */
export interface SymbolIndex {
  fileByName(name: string): DescFile | undefined;
  /** By the full name of a type, service, extension, or of a method, field or enum value in one. */
  fileOfSymbol(name: string): DescFile | undefined;
  /** The extensions of a message that the files declare. */
  extensionsOf(typeName: string): readonly DescExtension[];
}

/** Indexes files and all that they import. */
export function createSymbolIndex(roots: readonly DescFile[]): SymbolIndex {
  const files = new Map<string, DescFile>();
  const symbols = new Map<string, DescFile>();
  const extensions = new Map<string, DescExtension[]>();
  const add = (file: DescFile) => {
    if (files.has(file.proto.name)) return;
    files.set(file.proto.name, file);
    for (const type of nestedTypes(file)) {
      symbols.set(type.typeName, file);
      if (type.kind !== "extension") continue;
      const base = type.extendee.typeName;
      extensions.set(base, [...(extensions.get(base) ?? []), type]);
    }
    for (const dependency of file.dependencies) add(dependency);
  };
  for (const file of roots) add(file);
  return {
    fileByName: (name) => files.get(name),
    fileOfSymbol: (name) => symbols.get(name) ?? symbols.get(name.slice(0, Math.max(0, name.lastIndexOf(".")))),
    extensionsOf: (typeName) => extensions.get(typeName) ?? [],
  };
}
