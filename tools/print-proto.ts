import { type DescExtension, getExtension, hasExtension, type Message, type Registry } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { toText } from "@bufbuild/protobuf/txtpb";
import {
  type DescriptorProto,
  Edition,
  type EnumDescriptorProto,
  EnumOptionsSchema,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldOptionsSchema,
  type FileDescriptorProto,
  FileOptionsSchema,
  MessageOptionsSchema,
} from "@bufbuild/protobuf/wkt";

const firstFreeNumber = 536_870_912;
const largestEnumNumber = 2_147_483_647;
type OptionsSchema =
  | typeof FileOptionsSchema
  | typeof MessageOptionsSchema
  | typeof FieldOptionsSchema
  | typeof EnumOptionsSchema;

/**
 * Writes a proto2 or proto3 file that compiles to the given descriptor byte for byte. Comments are not part of a
 * descriptor, so there are none. `registry` knows the extensions used as options.
 * @throws {Error} for what no printed file uses: services, groups, editions and proto2 default values.
 */
export function printProto(file: FileDescriptorProto, registry: Registry): string {
  if (file.service.length > 0) throw new Error(`${file.name}: services are not printed`);
  if (file.edition !== Edition.EDITION_UNKNOWN) throw new Error(`${file.name}: editions are not printed`);
  const syntax = file.syntax || "proto2";
  const print = createPrinter(syntax, registry);
  return `${[
    `syntax = "${syntax}";`,
    `package ${file.package};`,
    file.dependency.map((path) => `import "${path}";`).join("\n"),
    print.options(FileOptionsSchema, file.options).join("\n"),
    ...file.extension.map((field) => `extend ${field.extendee} {\n${print.field(field)}\n}`),
    ...file.messageType.map((message) => print.message(message)),
    ...file.enumType.map((declaration) => print.enumeration(declaration)),
  ]
    .filter((part) => part !== "")
    .join("\n\n")}\n`;
}

function createPrinter(syntax: string, registry: Registry) {
  const extensions = [...registry].filter((desc): desc is DescExtension => desc.kind === "extension");

  /** The options of one declaration as `name = value`, extensions last. */
  const assignments = (schema: OptionsSchema, options: Message | undefined): string[] => {
    if (options === undefined) return [];
    const fields = reflect(schema, options as never);
    const own = schema.fields
      .filter((field) => fields.isSet(field))
      .map((field) => `${field.name} = ${JSON.stringify(fields.get(field as never))}`);
    const extended = extensions
      .filter((extension) => extension.extendee.typeName === schema.typeName && hasExtension(options, extension))
      .map((extension) => {
        const value = getExtension(options, extension) as Message;
        return `(${extension.typeName}) = {\n${indent(toText(extension.message!, value, { registry }).trimEnd())}\n}`;
      });
    return [...own, ...extended];
  };
  const options = (schema: OptionsSchema, value: Message | undefined) =>
    assignments(schema, value).map((assignment) => `option ${assignment};`);

  const field = (proto: FieldDescriptorProto): string => {
    if (proto.defaultValue !== "") throw new Error(`${proto.name}: default values are not printed`);
    const list = assignments(FieldOptionsSchema, proto.options);
    const suffix = list.length === 0 ? "" : ` [${list.join(", ")}]`;
    return indent(`${label(proto, syntax)}${typeName(proto)} ${proto.name} = ${proto.number}${suffix};`);
  };
  /** Fields in order; a oneof stands where its first field does. */
  const fields = (message: DescriptorProto): string[] =>
    message.field.flatMap((proto, index) => {
      if (!isInOneof(proto)) return [field(proto)];
      const members = message.field.filter((other) => isInOneof(other) && other.oneofIndex === proto.oneofIndex);
      if (members[0] !== message.field[index]) return [];
      const lines = members.map((member) => indent(field(member)));
      return [indent(`oneof ${message.oneofDecl[proto.oneofIndex]!.name} {`), ...lines, indent("}")];
    });
  const message = (proto: DescriptorProto): string =>
    block(`message ${proto.name}`, [
      ...options(MessageOptionsSchema, proto.options).map(indent),
      ...proto.enumType.map((nested) => indent(enumeration(nested))),
      ...proto.nestedType.map((nested) => indent(message(nested))),
      ...fields(proto),
      ...proto.extensionRange.map(({ start, end }) => `  extensions ${range(start, end - 1, firstFreeNumber - 1)};`),
      ...proto.reservedRange.map(({ start, end }) => `  reserved ${range(start, end - 1, firstFreeNumber - 1)};`),
      ...proto.reservedName.map((name) => `  reserved "${name}";`),
    ]);
  const enumeration = (proto: EnumDescriptorProto): string =>
    block(`enum ${proto.name}`, [
      ...options(EnumOptionsSchema, proto.options).map(indent),
      ...proto.value.map(({ name, number }) => `  ${name} = ${number};`),
      ...proto.reservedRange.map(({ start, end }) => `  reserved ${range(start, end, largestEnumNumber)};`),
      ...proto.reservedName.map((name) => `  reserved "${name}";`),
    ]);
  return { options, field, message, enumeration };
}

function isInOneof(proto: FieldDescriptorProto): boolean {
  return Object.hasOwn(proto, "oneofIndex") && !proto.proto3Optional;
}

function label(proto: FieldDescriptorProto, syntax: string): string {
  if (proto.label === FieldDescriptorProto_Label.REPEATED) return "repeated ";
  if (proto.label === FieldDescriptorProto_Label.REQUIRED) return "required ";
  if (isInOneof(proto)) return "";
  return syntax === "proto2" || proto.proto3Optional ? "optional " : "";
}

function typeName(proto: FieldDescriptorProto): string {
  if (proto.type === FieldDescriptorProto_Type.GROUP) throw new Error(`${proto.name}: groups are not printed`);
  return proto.typeName || FieldDescriptorProto_Type[proto.type]!.toLowerCase();
}

function range(first: number, last: number, max: number): string {
  if (first === last) return `${first}`;
  return `${first} to ${last === max ? "max" : last}`;
}

function block(head: string, lines: readonly string[]): string {
  return [`${head} {`, ...lines, "}"].join("\n");
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}
