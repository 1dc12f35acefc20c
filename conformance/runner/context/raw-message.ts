import { clone, create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type PlainEnvelope, PlainEnvelopeSchema } from "@concord/gen/concord/conformance/v1/message_pb.js";
import type { RawMessage } from "@concord/gen/concord/conformance/v1/notation_pb.js";
import type { Vector } from "@concord/gen/concord/conformance/v1/vector_pb.js";
import { type KeyAndN, parseEvents } from "../suite/run-notation.ts";
import { bytesFrom, readBytes } from "../wire/bytes-value.ts";
import { replaceHeaders, type WireHeader } from "../wire/header-list.ts";
import { toWire } from "../wire/message-format.ts";
import { messageIdOf, subjectOf } from "../wire/subject.ts";
import type { CaseContext, PublishedEvent } from "./case-context.ts";
import { fixtureData } from "./fixture-events.ts";
import { fixtureType, fullTypeName } from "./fixtures.ts";
import { pinnedId } from "./ids.ts";

/** A message ready to be published by the runner itself. */
export interface ReadyMessage {
  readonly subject: string;
  readonly headers: readonly WireHeader[];
  readonly body: Uint8Array;
  /** The event in it, undefined when the step gave bytes of its own. */
  readonly event: PublishedEvent | undefined;
}

const runnerSource = "/conformance/runner";
/** Streams by type; everything else is in `counted`. */
const streams: Readonly<Record<string, readonly [stream: string, partitions: number]>> = {
  "concord.conformance.v1.LimitedEvent": ["limited", 4],
};
const defaultStream = ["counted", 8] as const;

/** Spells a raw message out: one for each event of its notation. */
export async function toReadyMessages(context: CaseContext, raw: RawMessage): Promise<ReadyMessage[]> {
  const counts = raw.keys === "" ? [{ key: raw.envelope?.key, n: 0 }] : parseEvents(raw.keys, raw.mixed);
  const vector = raw.vector ? await context.vectors.find(raw.vector) : undefined;
  return counts.map((count) => toReady(context, raw, count, vector));
}

function toReady(context: CaseContext, raw: RawMessage, count: KeyAndN, vector: Vector | undefined): ReadyMessage {
  const plain = envelopeFor(context, raw, count);
  const wire = vector ? { headers: vector.headers, body: bytesFrom(vector.hex) } : toWire(raw.mode || "env", plain);
  const { id = "", source = "" } = plain;
  const standard = [{ name: "Nats-Msg-Id", value: messageIdOf(source, id) }, ...wire.headers];
  const many = Array.from({ length: raw.manyHeaders }, (_, index) => ({ name: `x-${index}`, value: String(index) }));
  const body = raw.body ? bytesFrom(raw.body) : Buffer.concat([wire.body, Buffer.from(raw.append, "hex")]);
  const ownBytes = vector !== undefined || raw.body !== undefined;
  return {
    subject: raw.subject ? `${context.ns && `${context.ns}.`}${raw.subject}` : subjectFor(context, plain),
    headers: [...replaceHeaders(standard, raw.headers), ...raw.moreHeaders, ...many],
    body,
    event: ownBytes ? undefined : { source, id, key: plain.key, n: count.n },
  };
}

function subjectFor({ ns }: CaseContext, { key, id = "", type = "" }: PlainEnvelope): string {
  const [owner, partitions] = streams[type] ?? defaultStream;
  return subjectOf({ ns, kind: "event", owner, key: key || undefined, id, type, partitions });
}

/** The envelope of the step, with what it does not say. A field that is given empty stays empty. */
function envelopeFor(context: CaseContext, raw: RawMessage, { key, n }: KeyAndN): PlainEnvelope {
  const plain = raw.envelope ? clone(PlainEnvelopeSchema, raw.envelope) : create(PlainEnvelopeSchema);
  const type = plain.type === "" ? "" : fullTypeName(plain.type ?? "");
  plain.id ??= pinnedId(++context.counters.id);
  plain.source ??= runnerSource;
  plain.type = type;
  plain.time ??= timestampFromMs(context.startedAtMs);
  if (key !== undefined) plain.key ??= key;
  if (fixtureType(type)) plain.data ??= readBytes(fixtureData(type, { key, n }, raw));
  return plain;
}
