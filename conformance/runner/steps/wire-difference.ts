import { difference } from "../match/match-value.ts";
import type { Json } from "../suite/json.ts";
import { bytesJson } from "../wire/bytes-value.ts";
import { fromProtobufEvent } from "../wire/cloud-event-protobuf.ts";
import type { WireHeader } from "../wire/header-list.ts";
import type { WireForm } from "../wire/message-format.ts";
import { plainToJson } from "../wire/plain-envelope.ts";

/**
 * Compares what a testee wrote with what it must write: bytes where the rules fix them (F6), else what they mean. Headers in
 * any order, values exactly.
 * @returns how they differ, undefined when they do not.
 */
export function wireDifference(mode: string, wanted: WireForm, found: WireForm): string | undefined {
  return headerDifference(wanted.headers, found.headers) ?? bodyDifference(mode, wanted.body, found.body);
}

function headerDifference(wanted: readonly WireHeader[], found: readonly WireHeader[]): string | undefined {
  const lines = (headers: readonly WireHeader[]) =>
    headers.map(({ name, value }) => `${name.toLowerCase()}: ${value}`).sort();
  const [left, right] = [lines(wanted), lines(found)];
  const missing = left.filter((line) => !right.includes(line));
  const surplus = right.filter((line) => !left.includes(line));
  if (missing.length === 0 && surplus.length === 0 && left.length === right.length) return undefined;
  return `headers lack [${missing.join(", ")}] and have [${surplus.join(", ")}]`;
}

function bodyDifference(mode: string, wanted: Uint8Array, found: Uint8Array): string | undefined {
  if (Buffer.compare(wanted, found) === 0) return undefined;
  const read = readers[mode as keyof typeof readers];
  if (!read) return byteDifference(wanted, found);
  try {
    return difference(exactly(read(wanted)), read(found));
  } catch (error) {
    return `a body that cannot be read: ${(error as Error).message}`;
  }
}

const readers = {
  json: readJson,
  "data-json": readJson,
  "ce-json": readJson,
  "nats-pubsub": readJson,
  "ce-proto": (body: Uint8Array): Json => plainToJson(fromProtobufEvent(body)),
};

function readJson(body: Uint8Array): Json {
  return JSON.parse(Buffer.from(body).toString("utf8")) as Json;
}

function exactly(json: Json): Json {
  if (Array.isArray(json)) return json.map(exactly);
  if (typeof json !== "object" || json === null) return json;
  return { $exact: Object.fromEntries(Object.entries(json).map(([name, each]) => [name, exactly(each)])) };
}

const shownBytes = 16;

function byteDifference(wanted: Uint8Array, found: Uint8Array): string {
  const at = wanted.findIndex((byte, index) => byte !== found[index]);
  const from = Math.max(0, at < 0 ? wanted.length : at);
  const piece = (bytes: Uint8Array) => bytesJson(bytes.subarray(from, from + shownBytes)) || "the end";
  return `${found.length} bytes, at byte ${from} ${piece(found)} and not ${piece(wanted)}`;
}
