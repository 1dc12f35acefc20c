import type { DescField, DescMessage, DescService, Message } from "@bufbuild/protobuf";
import { isService, serviceContract } from "../../core/contract/service-contract.ts";
import { ConcordError } from "../../core/error.ts";
import { createService } from "../../service/index.ts";
import type { TestedService } from "./witness.ts";

/** What the handlers of a bed's services read of the events that they get. */
export interface FieldReads {
  /** The same service, whose handlers are watched. */
  watch(service: TestedService): TestedService;
  /** Dotted paths of what a service has read of one type so far, sorted. */
  of(service: string, type: string): readonly string[];
  /**
   * Holds what was read against what contracts say.
   * @throws {ConcordError} `invalid_contract` naming each field that was read and is not listed.
   */
  check(): void;
}

/** Makes a record of reads. */
export function createFieldReads(): FieldReads {
  const reads = new Map<string, Set<string>>();
  const lists = new Map<string, readonly string[]>();
  const keyOf = (service: string, type: string) => `${service} ${type}`;
  return {
    watch(service) {
      const { name, definition } = service;
      for (const { event, fields } of consumedBy(service)) lists.set(keyOf(name, event), fields);
      const copy = createService<unknown, unknown>(definition.options);
      for (const { schema, handler } of definition.events) {
        const key = keyOf(name, schema.typeName);
        const read = reads.get(key) ?? new Set<string>();
        reads.set(key, read);
        copy.on(schema, (context) => handler({ ...context, data: watchMessage(schema, context.data, "", read) }));
      }
      for (const { service: desc, implementation } of definition.rpcs) copy.rpc(desc, implementation as never);
      for (const { everyMs, name: job, run } of definition.jobs) copy.every(everyMs, job, run);
      return copy as unknown as TestedService;
    },
    of: (service, type) => [...(reads.get(keyOf(service, type)) ?? [])].sort(),
    check() {
      const faults = [...reads].flatMap(([key, paths]) => {
        const listed = lists.get(key) ?? [];
        const missing =
          listed.length === 0 ? [] : [...paths].filter((path) => !listed.some((each) => meets(each, path)));
        const [service, type] = key.split(" ");
        return missing
          .sort()
          .map((path) => `${service} reads ${path} of ${type}; add it to the fields of its "consumes"`);
      });
      if (faults.length > 0) throw new ConcordError("invalid_contract", faults.join("\n"), { details: { faults } });
    },
  };
}

function consumedBy({ definition: { options, rpcs } }: TestedService) {
  const declared: readonly DescService[] = [
    ...(options.contract ? [options.contract] : []),
    ...rpcs.map(({ service }) => service),
  ];
  const own = declared.find((each) => isService(each) && serviceContract(each).name === options.name);
  return own ? serviceContract(own).consumes : [];
}

/** Who may read `total` may read `total.currency`, and passes by `total` on the way there. */
function meets(listed: string, path: string): boolean {
  return listed === path || path.startsWith(`${listed}.`) || listed.startsWith(`${path}.`);
}

/** A message that notes which of its fields are asked for, those of messages in it too. */
function watchMessage<Data extends Message>(
  schema: DescMessage,
  message: Data,
  prefix: string,
  read: Set<string>,
): Data {
  const fields = new Map(schema.fields.map((field) => [field.localName, field]));
  const oneofs = new Map(schema.oneofs.map((oneof) => [oneof.localName, oneof.fields]));
  return new Proxy(message, {
    get(target, name, receiver) {
      const value = Reflect.get(target, name, receiver) as unknown;
      const field = typeof name === "string" ? fields.get(name) : undefined;
      if (!field) {
        const chosen = oneofs
          .get(String(name))
          ?.find(({ localName }) => localName === (value as { case?: string })?.case);
        if (chosen) read.add(prefix + chosen.name);
        return value;
      }
      read.add(prefix + field.name);
      return watchValue(field, value, `${prefix}${field.name}.`, read);
    },
  });
}

function watchValue(field: DescField, value: unknown, prefix: string, read: Set<string>): unknown {
  const { message } = field;
  if (!message || typeof value !== "object" || value === null || message.typeName.startsWith("google.protobuf."))
    return value;
  if (field.fieldKind === "message") return watchMessage(message, value as Message, prefix, read);
  if (field.fieldKind === "list") return (value as Message[]).map((each) => watchMessage(message, each, prefix, read));
  const entries = Object.entries(value as Record<string, Message>);
  return Object.fromEntries(entries.map(([key, each]) => [key, watchMessage(message, each, prefix, read)]));
}
