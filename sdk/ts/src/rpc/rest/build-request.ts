import {
  type DescField,
  type DescMessage,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { ConcordError } from "../../core/error.ts";
import type { EnumNames } from "../json-enums.ts";
import type { RestBinding } from "./bindings.ts";
import { findField } from "./field-path.ts";
import { longEnumName } from "./short-enums.ts";

/** What of an HTTP request becomes a message. */
export interface RestParts {
  /** Values of the path's variables, in the template's order. */
  readonly variables: readonly string[];
  readonly query: URLSearchParams;
  /** Parsed JSON; undefined when there is no body. */
  readonly body: JsonValue | undefined;
}

/**
 * Makes the request message of a REST call: body, then path variables, then query parameters for the fields that neither
 * says. Fields go by their proto or JSON names, enum values by short or long ones.
 * @throws {ConcordError} `invalid_argument` naming the field whose value does not read.
 */
export function buildRequest(binding: RestBinding, parts: RestParts, lengthen: EnumNames): Message {
  const { method, template, body } = binding;
  const json = bodyToJson(binding, parts.body);
  template.variables.forEach((path, index) => void set(json, method.input, path, [parts.variables[index]!]));
  if (body !== "*") for (const path of new Set(parts.query.keys())) setFromQuery(json, binding, path, parts.query);
  return read(method.input, lengthen(json));
}

function bodyToJson({ body }: RestBinding, given: JsonValue | undefined): JsonObject {
  if (given === undefined || body === "") return {};
  if (body !== "*") return { [body]: given };
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw refuse("", "the body is no JSON object");
  return given;
}

/** Names of no field are overlooked, as unknown fields in JSON are. */
function setFromQuery(
  json: JsonObject,
  { method, template, body }: RestBinding,
  path: string,
  query: URLSearchParams,
): void {
  const field = findField(method.input, path);
  const root = findField(method.input, path.split(".")[0]!);
  if (field && root && !template.variables.includes(path) && root.name !== body)
    set(json, method.input, path, query.getAll(path));
}

function set(json: JsonObject, message: DescMessage, path: string, values: readonly string[]): void {
  const parts = path.split(".");
  let target = json;
  let within = message;
  for (const part of parts.slice(0, -1)) {
    const field = findField(within, part)!;
    const name = field.name in target ? field.name : field.jsonName;
    const next = target[name];
    const inner: JsonObject = typeof next === "object" && next !== null && !Array.isArray(next) ? next : {};
    target[name] = inner;
    target = inner;
    within = field.message!;
  }
  const field = findField(within, parts.at(-1)!)!;
  // The body may have the field by its other name, and JSON with both is refused.
  delete target[field.name];
  target[field.jsonName] = toJson(field, path, values);
}

function toJson(field: DescField, path: string, values: readonly string[]): JsonValue {
  if (field.fieldKind === "list") return values.map((value) => valueToJson(field, path, value));
  const [value, ...more] = values;
  if (more.length > 0) throw refuse(path, "is given more than once");
  return valueToJson(field, path, value!);
}

/** Numbers, bytes and well-known types such as timestamps read text as their JSON. */
function valueToJson(field: DescField, path: string, value: string): JsonValue {
  if (field.fieldKind === "map") throw refuse(path, "cannot stand in an address");
  if (field.enum) {
    return /^-?\d+$/.test(value) ? Number(value) : longEnumName(field.enum, value, path);
  }
  if (field.scalar !== ScalarType.BOOL) return value;
  if (value === "true" || value === "false") return value === "true";
  throw refuse(path, "is neither true nor false");
}

function read(message: DescMessage, json: JsonValue): Message {
  try {
    return fromJson(message, json, { ignoreUnknownFields: true });
  } catch (cause) {
    // The reader's message quotes the value.
    const path =
      cause instanceof Error ? /cannot decode field [\w.]+\.(?<field>\w+) from/.exec(cause.message) : undefined;
    throw refuse(path?.groups?.field ?? "", "does not read", cause);
  }
}

function refuse(field: string, text: string, cause?: unknown): ConcordError {
  const message = field === "" ? text : `${field} ${text}`;
  return new ConcordError("invalid_argument", message, { cause, ...(field === "" ? {} : { details: { field } }) });
}
