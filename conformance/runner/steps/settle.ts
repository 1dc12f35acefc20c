import { setTimeout as delay } from "node:timers/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import type { RuleSchema } from "@concord/gen/concord/conformance/v1/delivery_pb.js";
import { EventSchema } from "@concord/gen/concord/conformance/v1/message_pb.js";
import { RawMessageSchema } from "@concord/gen/concord/conformance/v1/notation_pb.js";
import type { Settle } from "@concord/gen/concord/conformance/v1/step_pb.js";
import type { CaseContext } from "../context/case-context.ts";
import { CaseFailure } from "../context/case-failure.ts";
import { fixtureData } from "../context/fixture-events.ts";
import { fullTypeName } from "../context/fixtures.ts";
import { toReadyMessages } from "../context/raw-message.ts";
import { sentinelKeys } from "../expectations/sentinel.ts";
import { readBytes } from "../wire/bytes-value.ts";

const partitions = 8;
const quietMs = 300;
const pollMs = 10;

/** Rules that let sentinels through, whatever a script does with everything. */
export function sentinelRules(): MessageInitShape<typeof RuleSchema>[] {
  return sentinelKeys(partitions).map((key) => ({ match: { key }, do: "ack" }));
}

/** Publishes a sentinel into every partition, waits until every service has handled all of them, and 300 ms more. */
export async function doSettle(context: CaseContext, { by, type }: Settle): Promise<void> {
  const n = ++context.counters.sentinel;
  const keys = sentinelKeys(partitions);
  const fullType = fullTypeName(type);
  if (context.broker) await publishRaw(context, fullType, keys, n);
  else await publishByTestee(context, fullType, keys, n);
  const groups = handlersOf(context, by);
  while (!groups.every((group) => keys.every((key) => handled(context, group, key, n)))) {
    if (performance.now() > context.deadlineAt)
      throw new CaseFailure("a sentinel handled in every partition", missing(context, groups, keys, n));
    await delay(pollMs);
  }
  await delay(quietMs);
}

async function publishRaw(context: CaseContext, type: string, keys: readonly string[], n: number): Promise<void> {
  for (const key of keys) {
    const raw = create(RawMessageSchema, { keys: `${key}:${n}`, envelope: { type } });
    for (const { subject, headers, body } of await toReadyMessages(context, raw)) {
      await context.broker!.api.publish(subject, headers, body);
    }
  }
}

/** Nobody but its owner can write into the embedded transport's file. */
async function publishByTestee(context: CaseContext, type: string, keys: readonly string[], n: number): Promise<void> {
  const publisher = [...context.testees.values()].find(({ process }) => process && !process.exit);
  const events = keys.map((key) =>
    create(EventSchema, { type, data: readBytes(fixtureData(type, { key, n }, { padding: "" })) }),
  );
  await publisher?.process?.request({ case: "publish", value: { events } }, 5_000);
}

/** Testees that share the work of a service, by service; those of `by` each alone. */
function handlersOf({ testees }: CaseContext, by: readonly string[]): string[][] {
  if (by.length > 0) return by.map((name) => [name]);
  const services = new Map<string, string[]>();
  for (const { name, service, subscribed } of testees.values()) {
    if (subscribed) services.set(service, [...(services.get(service) ?? []), name]);
  }
  return [...services.values()];
}

function handled({ runs }: CaseContext, group: readonly string[], key: string, n: number): boolean {
  return runs.some(
    ({ kind, testee, report }) => kind === "end" && group.includes(testee) && report.key === key && report.n === n,
  );
}

function missing(context: CaseContext, groups: readonly string[][], keys: readonly string[], n: number): string {
  const left = groups.map((group) => keys.filter((key) => !handled(context, group, key, n)).length);
  return groups.map((group, index) => `${group.join("+")} did not handle ${left[index]} of ${keys.length}`).join(", ");
}
