import { type DescField, ScalarType } from "@bufbuild/protobuf";

/** Writes a field's type as a contract does: `string`, `repeated int32`, `map<string, shop.common.v1.Money>`. */
export function fieldTypeText(field: DescField): string {
  if (field.fieldKind === "list") return `repeated ${valueText(field)}`;
  if (field.fieldKind === "map") return `map<${scalarText(field.mapKey)}, ${valueText(field)}>`;
  return valueText(field);
}

function valueText(field: DescField): string {
  return field.message?.typeName ?? field.enum?.typeName ?? scalarText(field.scalar!);
}

function scalarText(scalar: ScalarType): string {
  return ScalarType[scalar].toLowerCase();
}
