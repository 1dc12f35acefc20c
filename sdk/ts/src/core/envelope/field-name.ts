import { EnvelopeSchema } from "@concord/gen/concord/event/v1/envelope_pb.js";

const names: readonly (string | undefined)[] = EnvelopeSchema.fields.reduce<string[]>((list, field) => {
  list[field.number] = field.localName;
  return list;
}, []);

/** Gives the name of a field of the envelope by its number, undefined when the contract has no such field. */
export function fieldName(number: number): string | undefined {
  return names[number];
}
