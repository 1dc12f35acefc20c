import {
  createEventPreparer,
  createIdGenerator,
  createPublisher,
  createValidation,
  type EventContract,
  systemClock,
} from "@concord/sdk";
import type { CommandRun } from "../command-context.ts";
import { CommandError, exitCodes } from "../command-error.ts";
import type { SystemContracts } from "../system/system-contracts.ts";
import { decodeJson } from "./decode-json.ts";
import { print } from "./print.ts";
import { readInput } from "./read-input.ts";
import { openSession } from "./session.ts";

/** Publishes one event in the name of its owner, or sends one command in the name of a service that declares to. */
export const run: CommandRun = async ({ arguments: [type = "", given = ""], options }, context) => {
  const text = given === "-" ? await readInput() : given;
  await using session = await openSession(options, context);
  const { system, profile, signal } = session;
  const contract = system.event(type);
  const data = decodeJson(contract.schema, text, system.registry);
  const service = publisherOf(system, contract, options.as);
  const transport = await session.connect();
  const ids = createIdGenerator({ clock: { ...systemClock, now: context.now }, random: Math.random });
  const preparer = createEventPreparer({
    service: service.name,
    source: service.source,
    namespace: profile.namespace,
    sends: service.sends,
    contracts: system.reader,
    validate: createValidation(),
    ids,
    maxPayloadBytes: () => transport.maxPayloadBytes,
  });
  const publisher = createPublisher({ transport, preparer, deadlineMs: 5_000 });
  const verb = contract.kind === "command" ? publisher.send : publisher.publish;
  const { id } = await verb(contract.schema, data, signal ? { signal } : {});
  const result = { id, type, source: service.source, key: contract.keyOf(data) ?? null };
  print(context, options, result, () => [`${type} ${id} is stored`]);
  return exitCodes.fine;
};

function publisherOf(system: SystemContracts, { kind, owner, type }: EventContract, as: string | boolean | undefined) {
  if (kind === "event") return system.service(owner);
  if (typeof as === "string") return system.service(as);
  const sender = system.services.find(({ sends }) => sends.includes(type));
  if (sender) return sender;
  throw new CommandError(exitCodes.wrongUse, `no service declares to send ${type}; name one by --as`);
}
