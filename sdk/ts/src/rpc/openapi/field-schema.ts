import {
  type DescEnum,
  type DescEnumValue,
  type DescField,
  type DescMessage,
  getOption,
  ScalarType,
} from "@bufbuild/protobuf";
import { type FieldRules, field as fieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

/**
 * A JSON Schema of what OpenAPI 3.1 (https://json-schema.org/draft/2020-12/schema) and AsyncAPI 3.0
 * (https://json-schema.org/draft-07) share.
 */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** Well-known types whose JSON is no object of their fields (https://protobuf.dev/programming-guides/json/). */
const wellKnown: Readonly<Record<string, JsonSchema>> = {
  "google.protobuf.Timestamp": { type: "string", format: "date-time" },
  "google.protobuf.Duration": { type: "string", pattern: "^-?[0-9]+(\\.[0-9]+)?s$" },
  "google.protobuf.FieldMask": { type: "string" },
  "google.protobuf.Any": { type: "object" },
  "google.protobuf.Struct": { type: "object" },
  "google.protobuf.Value": {},
  "google.protobuf.ListValue": { type: "array" },
  "google.protobuf.StringValue": { type: "string" },
  "google.protobuf.BytesValue": { type: "string", contentEncoding: "base64" },
  "google.protobuf.BoolValue": { type: "boolean" },
  "google.protobuf.Int32Value": { type: "integer", format: "int32" },
  "google.protobuf.UInt32Value": { type: "integer", minimum: 0 },
  "google.protobuf.Int64Value": { type: "string", format: "int64" },
  "google.protobuf.UInt64Value": { type: "string", format: "uint64" },
  "google.protobuf.FloatValue": { type: "number" },
  "google.protobuf.DoubleValue": { type: "number" },
};

/** Tells whether a message has a schema of its own in the document. */
export function hasOwnSchema({ typeName }: DescMessage): boolean {
  return !(typeName in wellKnown);
}

/** How the JSON names a value of an enum. */
export type EnumNaming = (value: DescEnumValue) => string;

/** Without what all names of the enum begin with, as REST has them. */
const shortName: EnumNaming = ({ localName }) => localName;

/**
 * The schema of a field's JSON, with what its rules ask for. Messages are references to `#/components/schemas`.
 * @param nameOf default: short names, as REST has them; ProtoJSON has the contract's own.
 */
export function fieldSchema(field: DescField, nameOf: EnumNaming = shortName): JsonSchema {
  const rules = getOption(field, fieldRules);
  switch (field.fieldKind) {
    case "list":
      return { type: "array", items: elementSchema(field, nameOf), ...listRules(rules) };
    case "map":
      return { type: "object", additionalProperties: elementSchema(field, nameOf) };
    default:
      return { ...elementSchema(field, nameOf), ...valueRules(rules) };
  }
}

/** Whether a field must be given. */
export function isRequired(field: DescField): boolean {
  return getOption(field, fieldRules).required;
}

/** Where in the document a message's schema stands. */
export function schemaRef({ typeName }: DescMessage): JsonSchema {
  return wellKnown[typeName] ?? { $ref: `#/components/schemas/${typeName}` };
}

function elementSchema(field: DescField, nameOf: EnumNaming): JsonSchema {
  if (field.message) return schemaRef(field.message);
  if (field.enum) return enumSchema(field.enum, nameOf);
  return scalarSchema(field.scalar ?? ScalarType.STRING);
}

function enumSchema({ values }: DescEnum, nameOf: EnumNaming): JsonSchema {
  return { type: "string", enum: values.map(nameOf) };
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
  return { ...given("minItems", minItems), ...given("maxItems", maxItems), ...(unique ? { uniqueItems: true } : {}) };
}

function valueRules({ type }: FieldRules): JsonSchema {
  if (type.case === "string") {
    const { minLen, maxLen, pattern, wellKnown: kind } = type.value;
    const format = kind.case && kind.value === true ? { format: kind.case } : {};
    return { ...given("minLength", minLen), ...given("maxLength", maxLen), ...(pattern ? { pattern } : {}), ...format };
  }
  if (type.case !== "int32" && type.case !== "uint32" && type.case !== "double" && type.case !== "float") return {};
  const { greaterThan, lessThan } = type.value;
  const lower = greaterThan.case === "gt" ? "exclusiveMinimum" : "minimum";
  const upper = lessThan.case === "lt" ? "exclusiveMaximum" : "maximum";
  return {
    ...(greaterThan.case ? { [lower]: greaterThan.value } : {}),
    ...(lessThan.case ? { [upper]: lessThan.value } : {}),
  };
}

/** Rules that are not set are 0 in the descriptor. */
function given(keyword: string, value: bigint): JsonSchema {
  return value === 0n ? {} : { [keyword]: Number(value) };
}
