import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { createContractReader } from "../sdk/ts/src/core/contract/contract-reader.ts";
import { createEventPreparer, type EventPreparer, toOutgoingMessage } from "../sdk/ts/src/core/prepare-event.ts";
import type { Transport } from "../sdk/ts/src/core/transport.ts";
import { createIdGenerator } from "../sdk/ts/src/core/uuid7.ts";
import { systemClock } from "../sdk/ts/src/index.ts";
import { createValidation } from "../sdk/ts/src/validation/validation.ts";
import { compileProtos } from "../tools/compile-protos.ts";
import { sideBySide } from "./stopwatch.ts";

/** The event that benches send: an account is credited. */
export type Credited = DescMessage;

/** Makes the encoded event 512 bytes, as sizes are compared at; the envelope takes the rest. */
const filler = new Uint8Array(353).fill(7);

/** Compiles the event, once for each stream that is to carry it. It belongs to no package and so has no generated code. */
export function loadCredited(streams = 1): readonly Credited[] {
  const names = Array.from({ length: streams }, (_, index) => `bench${index}`);
  const registry = compileProtos(Object.fromEntries(names.map((name) => [`${name}/v1/${name}.proto`, protoOf(name)])));
  return names.map((name) => registry.getMessage(`${name}.v1.Credited`)!);
}

function protoOf(name: string): string {
  return `syntax = "proto3";
package ${name}.v1;
import "concord/event/v1/options.proto";
option (concord.event.v1.stream) = {name: "${name}", partitions: 8};
message Credited {
  option (concord.event.v1.event) = {owner: "${name}", key: "account"};
  string account = 1;
  int32 amount = 2;
  bytes filler = 3;
}`;
}

/** The account that an event is about: the events go round all of them. */
export function accountOf(index: number, accounts: number): string {
  return `account-${index % accounts}`;
}

/** One event's data. */
export function creditOf(account: string): MessageInitShape<Credited> {
  return { account, amount: 1, filler } as MessageInitShape<Credited>;
}

/** Prepares events as the service that owns them. */
export function createCreditPreparer(credited: Credited): EventPreparer {
  const service = ownerOf(credited);
  return createEventPreparer({
    service,
    source: `/bench/${service}`,
    contracts: createContractReader(),
    validate: createValidation(),
    ids: createIdGenerator({ clock: systemClock, random: Math.random }),
    maxPayloadBytes: () => 1_048_576,
  });
}

/** Makes the event's stream. */
export async function provisionCredits(transport: Transport, credited: Credited): Promise<void> {
  const service = ownerOf(credited);
  const limits = { partitions: 8, retentionMs: 7 * 86_400_000, dedupeWindowMs: 120_000 };
  await transport.provision([{ name: `evt-${service}`, subjects: [`evt.${service}.>`], ...limits }]);
}

/** Fills the event's stream. */
export async function publishCredits(
  transport: Transport,
  credited: Credited,
  { count, accounts }: { readonly count: number; readonly accounts: number },
): Promise<void> {
  const preparer = createCreditPreparer(credited);
  await provisionCredits(transport, credited);
  await sideBySide(count, 256, (index) => {
    const init = creditOf(accountOf(index, accounts));
    return transport.publish(toOutgoingMessage(preparer.prepare({ verb: "publish", schema: credited, init })));
  });
}

function ownerOf({ file }: Credited): string {
  return file.proto.package.split(".")[0]!;
}
