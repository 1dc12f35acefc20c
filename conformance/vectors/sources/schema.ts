import { createHash } from "node:crypto";
import { type DescEnum, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import * as schema from "@concord/gen/concord/conformance/v1/fixture_schema_pb.js";
import { call, type VectorJson } from "./vector.ts";

const fixtures = [
  schema.SchemaScalarsSchema,
  schema.SchemaLabelsSchema,
  schema.SchemaTreeSchema,
  schema.SchemaEnumsSchema,
  schema.SchemaTimesSchema,
  schema.SchemaEmptySchema,
];

/** Case C9: digests of schemas (F16). */
export function schemaVectors(): VectorJson[] {
  return fixtures.map((message) =>
    call(
      `C9-${message.name}`,
      "the digest of a schema and of all it reaches",
      { schema_of: { type: message.typeName } },
      { data_schema: digest(message) },
    ),
  );
}

function digest(message: DescMessage): string {
  const lines = new Set<string>();
  describeMessage(message, lines, new Set());
  const text = [...lines].sort().map((line) => `${line}\n`);
  return `urn:concord:schema:${createHash("sha256").update(text.join("")).digest("hex").slice(0, 32)}`;
}

function describeMessage(message: DescMessage, lines: Set<string>, seen: Set<string>): void {
  if (seen.has(message.typeName)) return;
  seen.add(message.typeName);
  for (const field of message.fields) describeField(message.typeName, field, lines, seen);
}

function describeField(owner: string, field: DescField, lines: Set<string>, seen: Set<string>): void {
  if (field.fieldKind === "map") {
    const entry = `${owner}.${field.name[0]!.toUpperCase()}${field.name.slice(1)}Entry`;
    lines.add(`${owner} ${field.number} ${field.name} message map ${entry}`);
    lines.add(`${entry} 1 key ${ScalarType[field.mapKey].toLowerCase()} singular`);
    lines.add(`${entry} 2 value ${typeText(field)} singular${typeName(field)}`);
  } else {
    const label = field.fieldKind === "list" ? "repeated" : field.proto.proto3Optional ? "optional" : "singular";
    lines.add(`${owner} ${field.number} ${field.name} ${typeText(field)} ${label}${typeName(field)}`);
  }
  if (field.message) describeMessage(field.message, lines, seen);
  if (field.enum) describeEnum(field.enum, lines);
}

function describeEnum(type: DescEnum, lines: Set<string>): void {
  for (const { number, name } of type.values) lines.add(`${type.typeName} ${number} ${name}`);
}

function typeText(field: DescField): string {
  if (field.message) return "message";
  return field.enum ? "enum" : ScalarType[field.scalar!].toLowerCase();
}

function typeName(field: DescField): string {
  const type = field.message ?? field.enum;
  return type ? ` ${type.typeName}` : "";
}
