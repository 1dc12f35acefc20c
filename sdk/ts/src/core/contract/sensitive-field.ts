import { type DescField, type DescMessage, getOption } from "@bufbuild/protobuf";
import { sensitive } from "@concord/gen/concord/event/v1/options_pb.js";

/** Tells whether a field's contract forbids to log it: `(concord.event.v1.sensitive)` or `debug_redact`. */
export function isSensitive(field: DescField): boolean {
  return getOption(field, sensitive) || (field.proto.options?.debugRedact ?? false);
}

/** Lists the sensitive fields of a message as dotted paths of proto names, those of nested messages included. */
export function sensitiveFieldPaths(message: DescMessage): string[] {
  return collect(message, "", []);
}

function collect(message: DescMessage, prefix: string, above: readonly DescMessage[]): string[] {
  if (above.includes(message)) return [];
  return message.fields.flatMap((field) => {
    const path = `${prefix}${field.name}`;
    if (isSensitive(field)) return [path];
    return field.message ? collect(field.message, `${path}.`, [...above, message]) : [];
  });
}
