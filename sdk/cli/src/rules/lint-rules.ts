import { type ContractSet, eventDeclaration, type Finding, messageDeclaration } from "@concord/sdk/contract";

/** Finds events that nobody consumes (rule EVENT_UNCONSUMED). */
export function* eventUnconsumed({ events, services }: ContractSet): Iterable<Finding> {
  const consumed = new Set(services.flatMap(({ options }) => options.consumes.map(({ event }) => event)));
  for (const [name, { schema, isCommand }] of events) {
    if (consumed.has(name)) continue;
    const advice = isCommand ? "its owner should" : "name it in the consumer's service option, or drop it";
    yield { at: eventDeclaration(schema), message: `nobody consumes ${name}; ${advice}` };
  }
}

/** Finds events that say nothing about themselves (rule EVENT_COMMENT). */
export function* eventComment({ events }: ContractSet): Iterable<Finding> {
  for (const [name, { schema }] of events) {
    const at = messageDeclaration(schema);
    const location = schema.file.proto.sourceCodeInfo?.location.find(({ path }) => path.join() === at.path.join());
    if (location === undefined || location.leadingComments.trim() !== "") continue;
    yield { at, message: `${name} has no comment; say above it which fact it tells and when` };
  }
}
