import { type DescEnum, type DescField, type DescMessage, getOption, ScalarType } from "@bufbuild/protobuf";
import { type FieldRules, field as fieldRules } from "@concord/gen/buf/validate/validate_pb.js";
import { commentOf } from "./comment-of.ts";

/** A JSON Schema of draft 7, as AsyncAPI has them. @see https://json-schema.org/draft-07 */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** Well-known types whose JSON is no object of their fields. @see https://protobuf.dev/programming-guides/json/ */
const wellKnown: Readonly<Record<string, JsonSchema>> = {
  "google.protobuf.Timestamp": { type: "string", format: "date-time" },
  "google.protobuf.Duration": { type: "string", pattern: "^-?[0-9]+(\\.[0-9]+)?s$" },
  "google.protobuf.FieldMask": { type: "string" },
  "google.protobuf.Any": { type: "object" },
  "google.protobuf.Struct": { type: "object" },
  "google.protobuf.Value": {},
  "google.protobuf.ListValue": { type: "array" },
};

/** The schemas of some messages' ProtoJSON and of all that they hold, by full name, sorted. */
export function messageSchemas(roots: readonly DescMessage[]): Record<string, JsonSchema> {
  const found = new Map<string, JsonSchema>();
  const visit = (message: DescMessage): void => {
    if (found.has(message.typeName) || message.typeName in wellKnown) return;
    found.set(message.typeName, toSchema(message));
    for (const { message: held } of message.fields) if (held) visit(held);
  };
  roots.forEach(visit);
  return Object.fromEntries([...found].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function toSchema(message: DescMessage): JsonSchema {
  const properties = message.fields.map((field) => [field.jsonName, described(fieldSchema(field), commentOf(field))]);
  const required = message.fields
    .filter((field) => getOption(field, fieldRules).required)
    .map(({ jsonName }) => jsonName);
  const schema = {
    type: "object",
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
  };
  return described(schema, commentOf(message));
}

/** A reference may have no neighbours in draft 7, so a description of it stands around it. */
function described(schema: JsonSchema, description: string): JsonSchema {
  if (description === "") return schema;
  return "$ref" in schema ? { allOf: [schema], description } : { ...schema, description };
}

function fieldSchema(field: DescField): JsonSchema {
  const rules = getOption(field, fieldRules);
  if (field.fieldKind === "list") return { type: "array", items: elementSchema(field), ...listRules(rules) };
  if (field.fieldKind === "map") return { type: "object", additionalProperties: elementSchema(field) };
  return { ...elementSchema(field), ...textRules(rules) };
}

function elementSchema(field: DescField): JsonSchema {
  if (field.message)
    return wellKnown[field.message.typeName] ?? { $ref: `#/components/schemas/${field.message.typeName}` };
  return field.enum ? enumSchema(field.enum) : scalarSchema(field.scalar ?? ScalarType.STRING);
}

function enumSchema({ values }: DescEnum): JsonSchema {
  return { type: "string", enum: values.map(({ name }) => name) };
}

function scalarSchema(scalar: ScalarType): JsonSchema {
  switch (scalar) {
    case ScalarType.STRING:
      return { type: "string" };
    case ScalarType.BYTES:
      return { type: "string", contentEncoding: "base64" };
    case ScalarType.BOOL:
      return { type: "boolean" };
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
      return { type: "number" };
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return { type: "integer", format: "int32" };
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return { type: "integer", minimum: 0 };
    default:
      // Numbers of 64 bits are text in JSON: others cannot hold them.
      return { type: "string", format: "int64", pattern: "^-?[0-9]+$" };
  }
}

function listRules({ type }: FieldRules): JsonSchema {
  if (type.case !== "repeated") return {};
  const { minItems, maxItems, unique } = type.value;
  return { ...limit("minItems", minItems), ...limit("maxItems", maxItems), ...(unique && { uniqueItems: true }) };
}

function textRules({ type }: FieldRules): JsonSchema {
  if (type.case !== "string") return {};
  const { minLen, maxLen, pattern } = type.value;
  return { ...limit("minLength", minLen), ...limit("maxLength", maxLen), ...(pattern && { pattern }) };
}

/** Rules that are not set are 0 in the descriptor. */
function limit(keyword: string, value: bigint): JsonSchema {
  return value === 0n ? {} : { [keyword]: Number(value) };
}
