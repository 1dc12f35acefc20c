import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";

/** Makes an example of a message's ProtoJSON: every field set, by its name and type, the same each time. */
export function exampleOf(message: DescMessage): Record<string, unknown> {
  return exampleMessage(message, []);
}

const wellKnown: Readonly<Record<string, unknown>> = {
  "google.protobuf.Timestamp": "2026-01-01T12:00:00Z",
  "google.protobuf.Duration": "1.5s",
  "google.protobuf.FieldMask": "",
  "google.protobuf.Any": {},
  "google.protobuf.Struct": {},
  "google.protobuf.Value": null,
  "google.protobuf.ListValue": [],
};

/** A message that holds itself ends there. */
function exampleMessage(message: DescMessage, above: readonly DescMessage[]): Record<string, unknown> {
  const seenOneofs = new Set<string>();
  const fields = message.fields.filter((field) => {
    if (field.message && [...above, message].includes(field.message)) return false;
    if (!field.oneof) return true;
    const isFirst = !seenOneofs.has(field.oneof.name);
    seenOneofs.add(field.oneof.name);
    return isFirst;
  });
  return Object.fromEntries(fields.map((field) => [field.jsonName, exampleField(field, [...above, message])]));
}

function exampleField(field: DescField, above: readonly DescMessage[]): unknown {
  const value = exampleElement(field, above);
  if (field.fieldKind === "list") return [value];
  return field.fieldKind === "map" ? { key: value } : value;
}

function exampleElement(field: DescField, above: readonly DescMessage[]): unknown {
  if (field.message) {
    const { typeName } = field.message;
    return typeName in wellKnown ? wellKnown[typeName] : exampleMessage(field.message, above);
  }
  if (field.enum) return (field.enum.values.find(({ number }) => number !== 0) ?? field.enum.values[0]!).name;
  return exampleScalar(field.name, field.scalar ?? ScalarType.STRING);
}

function exampleScalar(name: string, scalar: ScalarType): unknown {
  switch (scalar) {
    case ScalarType.STRING:
      return exampleText(name);
    case ScalarType.BYTES:
      return "";
    case ScalarType.BOOL:
      return true;
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return "100";
    default:
      return 1;
  }
}

function exampleText(name: string): string {
  if (name === "currency") return "USD";
  if (name === "email") return "ada@example.com";
  return name.endsWith("_id") ? `${name.slice(0, -3).replaceAll("_", "-")}-1` : name.replaceAll("_", " ");
}
