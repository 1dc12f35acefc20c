import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";

/** Writes a message as protobuf source, without comments and options. */
export function printMessage(message: DescMessage): string {
  const lines = message.fields.map((field) => `  ${printType(field)} ${field.name} = ${field.number};`);
  return [`message ${message.name} {`, ...lines, "}"].join("\n");
}

function printType(field: DescField): string {
  if (field.fieldKind === "map") return `map<${ScalarType[field.mapKey]!.toLowerCase()}, ${elementType(field)}>`;
  const label = field.fieldKind === "list" ? "repeated " : field.proto.proto3Optional ? "optional " : "";
  return label + elementType(field);
}

function elementType({ message, enum: values, scalar }: DescField): string {
  return message?.typeName ?? values?.typeName ?? ScalarType[scalar ?? ScalarType.STRING]!.toLowerCase();
}
