import type { DescMessage, DescMethod, DescService } from "@bufbuild/protobuf";
import { type RestBinding, restBindings } from "../rest/bindings.ts";
import { parsePathTemplate } from "../rest/path-template.ts";
import type { Comment } from "./comment.ts";
import { fieldSchema, hasOwnSchema, isRequired, type JsonSchema } from "./field-schema.ts";
import { toOperation, toPath } from "./operation.ts";

/** What stands at the head of a document. */
export interface OpenApiOptions {
  readonly title: string;
  readonly version?: string | undefined;
  /** Default: nothing is described; descriptors in generated code have no comments. */
  readonly comment?: Comment | undefined;
}

const refusal: JsonSchema = {
  type: "object",
  description: "Why a call was refused.",
  required: ["code", "message"],
  properties: {
    code: { type: "string", description: "Such as not_found (https://connectrpc.com/docs/protocol#error-codes)." },
    message: { type: "string" },
    violations: {
      type: "array",
      description: "Each field at fault.",
      items: {
        type: "object",
        properties: { field: { type: "string" }, rule: { type: "string" }, message: { type: "string" } },
      },
    },
  },
};

/**
 * Describes services as OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1): their REST paths, and for unary methods without
 * one the path of the Connect protocol. The same services give the same document, byte for byte.
 */
export function createOpenApi(services: readonly DescService[], options: OpenApiOptions): JsonSchema {
  const { title, version = "0.0.0", comment = () => "" } = options;
  const bindings = services.flatMap((service) => [...restBindings(service), ...connectBindings(service)]);
  const paths: Record<string, Record<string, JsonSchema>> = {};
  const ids = new Map<string, number>();
  for (const binding of bindings) {
    const { parent, name } = binding.method;
    const count = (ids.get(`${parent.name}_${name}`) ?? 0) + 1;
    ids.set(`${parent.name}_${name}`, count);
    const id = `${parent.name}_${name}${count === 1 ? "" : `_${count}`}`;
    const path = toPath(binding);
    paths[path] = { ...paths[path], [binding.verb.toLowerCase()]: toOperation(binding, id, comment) };
  }
  const messages = reachable(bindings.flatMap(({ method }) => [method.input, method.output]));
  const schemas = messages.map((message) => [message.typeName, messageSchema(message, comment)] as const);
  return {
    openapi: "3.1.1",
    info: { title, version },
    tags: services.map((service) => describe({ name: service.name }, comment(service))),
    paths,
    components: { schemas: { Refusal: refusal, ...Object.fromEntries(schemas) } },
  };
}

function connectBindings(service: DescService): readonly RestBinding[] {
  const covered = new Set<DescMethod>(restBindings(service).map(({ method }) => method));
  return service.methods
    .filter((method) => method.methodKind === "unary" && !covered.has(method))
    .map((method) => {
      const template = parsePathTemplate(`/${service.typeName}/${method.name}`);
      return { method, verb: "POST", template, body: "*", responseBody: "", status: 200 };
    });
}

function messageSchema(message: DescMessage, comment: Comment): JsonSchema {
  const properties = message.fields.map((field) => [field.name, describe(fieldSchema(field), comment(field))] as const);
  const required = message.fields.filter(isRequired).map(({ name }) => name);
  const schema = { type: "object", properties: Object.fromEntries(properties) };
  return describe(required.length > 0 ? { ...schema, required } : schema, comment(message));
}

function describe(schema: JsonSchema, description: string): JsonSchema {
  return description === "" ? schema : { ...schema, description };
}

/** Sorted by name, each once. */
function reachable(roots: readonly DescMessage[]): readonly DescMessage[] {
  const found = new Map<string, DescMessage>();
  const visit = (message: DescMessage) => {
    if (found.has(message.typeName) || !hasOwnSchema(message)) return;
    found.set(message.typeName, message);
    for (const field of message.fields) if (field.message) visit(field.message);
  };
  for (const root of roots) visit(root);
  return [...found.values()].toSorted((a, b) => (a.typeName < b.typeName ? -1 : 1));
}
