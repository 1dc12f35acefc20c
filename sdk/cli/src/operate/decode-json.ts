import {
  type DescField,
  type DescMessage,
  fromJson,
  type JsonValue,
  type Message,
  type Registry,
} from "@bufbuild/protobuf";
import { CommandError, exitCodes } from "../command-error.ts";
import { parseJson } from "./parse-json.ts";
import { placeIn, scanJson } from "./scan-json.ts";

/**
 * Reads a message from ProtoJSON that a user wrote.
 * @throws {CommandError} naming the field that does not fit, with its line and column.
 */
export function decodeJson(schema: DescMessage, text: string, registry: Registry): Message {
  const json = parseJson(text);
  try {
    return fromJson(schema, json, { registry });
  } catch (error) {
    const fits = (desc: DescMessage, value: JsonValue) => tryJson(desc, value, registry);
    const path = findFault(schema, json, fits);
    const position = scanJson(text).places.get(path) ?? 0;
    const where = `${path && `${path}, `}${placeIn(text, position)}`;
    const reason = (error as Error).message.replace(/^cannot decode (message \S+|field \S+) from JSON: /, "");
    throw new CommandError(exitCodes.wrongUse, `the data is no ${schema.typeName} at ${where}: ${reason}`, {
      cause: error,
    });
  }
}

type Fits = (schema: DescMessage, value: JsonValue) => boolean;

function tryJson(schema: DescMessage, value: JsonValue, registry: Registry): boolean {
  try {
    fromJson(schema, value, { registry });
    return true;
  } catch {
    return false;
  }
}

/** The path of the innermost value that does not fit: each is tried alone, for the runtime's message does not tell it. */
function findFault(schema: DescMessage, value: JsonValue, fits: Fits): string {
  if (!isObject(value) || schema.typeName.startsWith("google.protobuf.")) return "";
  const member = Object.entries(value).find(([name, each]) => !fits(schema, { [name]: each }));
  if (!member) return "";
  const [name, inner] = member;
  const field = schema.fields.find((each) => each.jsonName === name || each.name === name);
  const below = field ? findInField(schema, field, { name, value: inner, fits }) : "";
  return `${name}${below}`;
}

function findInField(
  schema: DescMessage,
  field: DescField,
  { name, value, fits }: { readonly name: string; readonly value: JsonValue; readonly fits: Fits },
): string {
  const within = (inner: JsonValue) => {
    const path = field.message ? findFault(field.message, inner, fits) : "";
    return path && `.${path}`;
  };
  if (field.fieldKind === "message") return within(value);
  if (field.fieldKind === "list" && Array.isArray(value)) {
    const index = value.findIndex((each) => !fits(schema, { [name]: [each] }));
    return index < 0 ? "" : `[${index}]${within(value[index]!)}`;
  }
  if (field.fieldKind === "map" && isObject(value)) {
    const entry = Object.entries(value).find(([key, each]) => !fits(schema, { [name]: { [key]: each } }));
    return entry ? `.${entry[0]}${within(entry[1])}` : "";
  }
  return "";
}

function isObject(value: JsonValue): value is { [name: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
