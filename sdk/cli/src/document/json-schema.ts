import type { DescMessage } from "@bufbuild/protobuf";
import { type EnumNaming, fieldSchema, hasOwnSchema, isRequired, type JsonSchema } from "@concord/sdk/rpc";
import { commentOf } from "./comment-of.ts";

/** Events as JSON have the names of the contract. */
const fullName: EnumNaming = ({ name }) => name;

/** The schemas of some messages' ProtoJSON and of all that they hold, by full name, sorted. */
export function messageSchemas(roots: readonly DescMessage[]): Record<string, JsonSchema> {
  const found = new Map<string, JsonSchema>();
  const visit = (message: DescMessage): void => {
    if (found.has(message.typeName) || !hasOwnSchema(message)) return;
    found.set(message.typeName, toSchema(message));
    for (const { message: held } of message.fields) if (held) visit(held);
  };
  roots.forEach(visit);
  return Object.fromEntries([...found].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function toSchema(message: DescMessage): JsonSchema {
  const properties = message.fields.map((field) => [
    field.jsonName,
    described(fieldSchema(field, fullName), commentOf(field)),
  ]);
  const required = message.fields.filter(isRequired).map(({ jsonName }) => jsonName);
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
