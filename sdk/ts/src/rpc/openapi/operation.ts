import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { methodContract } from "../method-contract.ts";
import type { RestBinding } from "../rest/bindings.ts";
import { findField } from "../rest/field-path.ts";
import type { Comment } from "./comment.ts";
import { fieldSchema, isRequired, type JsonSchema, schemaRef } from "./field-schema.ts";

const jsonType = "application/json";

/** What a method answers at one of its paths, as OpenAPI describes it (https://spec.openapis.org/oas/v3.1.1#operation-object). */
export function toOperation(binding: RestBinding, operationId: string, comment: Comment): JsonSchema {
  const { method, status } = binding;
  const text = comment(method);
  const body = requestBody(binding);
  return {
    operationId,
    tags: [method.parent.name],
    ...(text ? { summary: firstSentence(text), description: text } : {}),
    ...(method.deprecated ? { deprecated: true } : {}),
    parameters: [
      ...pathParameters(binding, comment),
      ...queryParameters(binding, comment),
      ...headerParameters(binding),
    ],
    ...(body ? { requestBody: body } : {}),
    responses: {
      [status]: { description: "Done.", content: { [jsonType]: { schema: responseSchema(binding) } } },
      default: {
        description: "Refused.",
        content: { [jsonType]: { schema: { $ref: "#/components/schemas/Refusal" } } },
      },
    },
  };
}

/** The path as OpenAPI writes it: variables without their patterns. */
export function toPath({ template }: RestBinding): string {
  return template.text.replaceAll(/\{(?<field>[\w.]+)=[^}]*\}/g, "{$<field>}");
}

function pathParameters({ method, template }: RestBinding, comment: Comment): JsonSchema[] {
  return template.variables.map((name) => parameter("path", name, findField(method.input, name)!, comment));
}

/** What neither the path nor the body says; only what has a plain text form can stand in an address. */
function queryParameters({ method, template, body }: RestBinding, comment: Comment): JsonSchema[] {
  if (body === "*") return [];
  const free = method.input.fields.filter(({ name }) => name !== body && !template.variables.includes(name));
  return free.filter(hasTextForm).map((field) => parameter("query", field.name, field, comment));
}

function headerParameters({ method }: RestBinding): JsonSchema[] {
  const { idempotencyKey } = methodContract(method);
  if (idempotencyKey === "ignored") return [];
  const description = "Calls with one key and one request are one call: they have one effect and get the first answer.";
  const schema = { type: "string", minLength: 1, maxLength: 255 };
  return [{ name: "Idempotency-Key", in: "header", required: idempotencyKey === "required", description, schema }];
}

function parameter(place: "path" | "query", name: string, field: DescField, comment: Comment): JsonSchema {
  const description = comment(field);
  const required = place === "path" || isRequired(field);
  return { name, in: place, required, ...(description ? { description } : {}), schema: fieldSchema(field) };
}

function hasTextForm(field: DescField): boolean {
  if (field.fieldKind === "map") return false;
  const { $ref } = field.message ? schemaRef(field.message) : {};
  return $ref === undefined;
}

/** Fields that stand in the path need not stand in the body. */
function requestBody({ method, body, template }: RestBinding): JsonSchema | undefined {
  if (body === "") return undefined;
  const schema =
    body === "*" ? bodySchema(method.input, template.variables) : fieldSchema(findField(method.input, body)!);
  return { required: true, content: { [jsonType]: { schema } } };
}

function bodySchema(input: DescMessage, variables: readonly string[]): JsonSchema {
  if (variables.length === 0) return schemaRef(input);
  const inBody = input.fields.filter(({ name }) => !variables.includes(name));
  return { type: "object", properties: Object.fromEntries(inBody.map((field) => [field.name, fieldSchema(field)])) };
}

function responseSchema({ method, responseBody }: RestBinding): JsonSchema {
  return responseBody === "" ? schemaRef(method.output) : fieldSchema(findField(method.output, responseBody)!);
}

function firstSentence(text: string): string {
  return text.split(/(?<=\.)\s/, 1)[0]!.replaceAll("\n", " ");
}
