import type { DescField, DescMessage, Message } from "@bufbuild/protobuf";

/** Notes the fields of one type that were asked for, as dotted paths. */
export type NoteField = (path: string) => void;

/** Gives the same message, which tells of the fields that are asked for: its own and those of messages in it. */
export function watchMessage<Data extends Message>(schema: DescMessage, message: Data, note: NoteField): Data {
  return watch(schema, message, { prefix: "", note });
}

interface Place {
  /** Path of the message from the event, with a dot at its end; empty for the event itself. */
  readonly prefix: string;
  readonly note: NoteField;
}

function watch<Data extends Message>(schema: DescMessage, message: Data, place: Place): Data {
  const fields = new Map(schema.fields.map((field) => [field.localName, field]));
  const oneofs = new Set(schema.oneofs.map(({ localName }) => localName));
  return new Proxy(message, {
    get(target, name, receiver) {
      const value = Reflect.get(target, name, receiver) as unknown;
      if (typeof name !== "string") return value;
      if (oneofs.has(name)) return watchChoice(schema, value as Choice, place);
      const field = fields.get(name);
      return field ? watchField(field, value, place) : value;
    },
    has(target, name) {
      const field = fields.get(String(name));
      if (field) place.note(place.prefix + field.name);
      return Reflect.has(target, name);
    },
  });
}

/** A oneof as protobuf-es gives it. */
interface Choice {
  readonly case?: string;
  readonly value?: unknown;
}

/** Who asks for a oneof reads the case that it has. */
function watchChoice(schema: DescMessage, choice: Choice, place: Place): Choice {
  const field = schema.fields.find(({ localName, oneof }) => oneof && localName === choice.case);
  return field ? { ...choice, value: watchField(field, choice.value, place) } : choice;
}

function watchField(field: DescField, value: unknown, { prefix, note }: Place): unknown {
  note(prefix + field.name);
  const { message } = field;
  if (!message || typeof value !== "object" || value === null || message.typeName.startsWith("google.protobuf."))
    return value;
  const watchOne = (each: Message) => watch(message, each, { prefix: `${prefix}${field.name}.`, note });
  if (field.fieldKind === "message") return watchOne(value as Message);
  if (field.fieldKind === "list") return (value as Message[]).map(watchOne);
  const entries = Object.entries(value as Record<string, Message>);
  return Object.fromEntries(entries.map(([key, each]) => [key, watchOne(each)]));
}
