import type { DescField, DescMessage } from "@bufbuild/protobuf";

/** Finds the field that a path of proto or JSON names leads to, such as `price.minor_units`; undefined when there is none. */
export function findField(message: DescMessage, path: string): DescField | undefined {
  let current: DescMessage | undefined = message;
  let found: DescField | undefined;
  for (const name of path.split(".")) {
    found = current?.fields.find((field) => field.name === name || field.jsonName === name);
    if (!found) return undefined;
    current = found.fieldKind === "message" ? found.message : undefined;
  }
  return found;
}
