import type { DescField, DescMessage } from "@bufbuild/protobuf";

/** The fields from a message down to one of its leaves. Never empty. */
export type FieldPath = readonly [DescField, ...DescField[]];

/**
 * Follows a dotted path of proto names, such as `order_id` or `address.city`, through singular messages.
 * @returns undefined when it names no field, or passes through something that is no singular message.
 */
export function findFieldPath(message: DescMessage, path: string): FieldPath | undefined {
  return follow(message, path, ({ fieldKind }) => fieldKind === "message");
}

/** Tells whether a dotted path of proto names leads to a field, also through the messages of lists and maps. */
export function hasField(message: DescMessage, path: string): boolean {
  return follow(message, path, () => true) !== undefined;
}

function follow(message: DescMessage, path: string, leadsOn: (field: DescField) => boolean): FieldPath | undefined {
  const fields: DescField[] = [];
  let current: DescMessage | undefined = message;
  for (const name of path.split(".")) {
    const field: DescField | undefined = current?.fields.find((candidate) => candidate.name === name);
    if (field === undefined) return undefined;
    fields.push(field);
    current = leadsOn(field) ? field.message : undefined;
  }
  return fields as unknown as FieldPath;
}
