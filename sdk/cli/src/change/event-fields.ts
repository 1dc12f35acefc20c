import type { DescField, DescMessage, DescOneof } from "@bufbuild/protobuf";
import { type ContractChange, type EventPair, eventPairs } from "./contract-change.ts";

/** A message inside an event, the event itself included, as it was and as it is. */
export interface MessagePair {
  readonly event: EventPair;
  /** Dotted path from the event with a dot at its end; empty for the event itself. */
  readonly prefix: string;
  readonly before: DescMessage;
  readonly after: DescMessage;
}

/** A field inside an event that is there before and after, by its number. */
export interface FieldPair {
  readonly event: EventPair;
  /** Dotted path from the event, by the old names. */
  readonly path: string;
  readonly before: DescField;
  readonly after: DescField;
}

/** Lists the messages of all events, nested ones by each path that leads to them, once where they contain themselves. */
export function messagePairs(change: ContractChange): MessagePair[] {
  return eventPairs(change).flatMap((event) => {
    const root = { event, prefix: "", before: event.before.schema, after: event.after.schema };
    return withNested(root, []);
  });
}

/** Lists the fields of all events that are there before and after. */
export function fieldPairs(change: ContractChange): FieldPair[] {
  return messagePairs(change).flatMap(({ event, prefix, before, after }) =>
    before.fields.flatMap((field) => {
      const now = after.fields.find(({ number }) => number === field.number);
      return now ? [{ event, path: prefix + field.name, before: field, after: now }] : [];
    }),
  );
}

/** The oneofs that a contract's author wrote, not those that `optional` makes. */
export function writtenOneofs(message: DescMessage): readonly DescOneof[] {
  return message.oneofs.filter((oneof) => !oneof.fields.every(({ proto }) => proto.proto3Optional));
}

function withNested(pair: MessagePair, above: readonly DescMessage[]): MessagePair[] {
  if (above.includes(pair.before)) return [];
  const nested = pair.before.fields.flatMap((field) => {
    const before = field.message;
    const now = pair.after.fields.find(({ number }) => number === field.number);
    const after = now?.message;
    if (before === undefined || after === undefined || before.typeName !== after.typeName) return [];
    return withNested({ ...pair, prefix: `${pair.prefix}${field.name}.`, before, after }, [...above, pair.before]);
  });
  return [pair, ...nested];
}
