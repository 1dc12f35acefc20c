import { namePattern } from "../subject.ts";
import type { Finding } from "./contract-fault.ts";
import type { ContractSet } from "./contract-set.ts";
import { hasField } from "./field-path.ts";
import { serviceDeclaration } from "./source-position.ts";

/** Finds services whose name subjects cannot hold (rule SERVICE_NAME_VALID). */
export function* serviceNameValid({ services }: ContractSet): Iterable<Finding> {
  for (const { schema, options } of services) {
    if (namePattern.test(options.name)) continue;
    const message = `"${options.name}" is no service name; use a-z, 0-9 and -, start with a letter, at most 32`;
    yield { at: serviceDeclaration(schema), message };
  }
}

/** Finds services that consume another one's commands (rule COMMAND_ONE_OWNER). */
export function* commandOneOwner({ services, events }: ContractSet): Iterable<Finding> {
  for (const { schema, options } of services) {
    for (const { event: name } of options.consumes) {
      const command = events.get(name);
      if (!command?.isCommand || command.options.owner === options.name) continue;
      const message = `"${options.name}" consumes the command ${name}, which goes to "${command.options.owner}" alone`;
      yield { at: serviceDeclaration(schema), message };
    }
  }
}

/** Finds names and fields that a service consumes, sends or calls and that do not exist (rule CONSUMES_EXISTS). */
export function* consumesExists(set: ContractSet): Iterable<Finding> {
  const services = new Set(set.files.flatMap((file) => file.services.map(({ typeName }) => typeName)));
  for (const { schema, options } of set.services) {
    const at = serviceDeclaration(schema);
    for (const { event: name, fields } of options.consumes) {
      const consumed = set.events.get(name);
      if (consumed === undefined) {
        if (set.judgesNames(options.name, name)) yield { at, message: missing(set, options.name, "consumes", name) };
        continue;
      }
      for (const path of fields.filter((field) => !hasField(consumed.schema, field))) {
        yield { at, message: `"${options.name}" reads "${path}" of ${name}, which has no such field` };
      }
    }
    for (const name of options.sends) {
      if (set.events.get(name)?.isCommand || !set.judgesNames(options.name, name)) continue;
      yield { at, message: missing(set, options.name, "sends", name) };
    }
    for (const name of options.calls.filter((each) => !services.has(each) && set.judgesNames(options.name, each))) {
      yield { at, message: `"${options.name}" calls ${name}, which is no service` };
    }
  }
}

function missing({ messages, events }: ContractSet, service: string, verb: "consumes" | "sends", name: string): string {
  const kind = verb === "consumes" ? "event or command" : "command";
  const what = messages.has(name) ? `a message but no ${kind}` : "no message";
  return `"${service}" ${verb} ${name}, which is ${events.has(name) ? `an event but no ${kind}` : what}`;
}
