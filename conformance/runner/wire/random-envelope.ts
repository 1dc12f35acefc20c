import { create } from "@bufbuild/protobuf";
import { type PlainEnvelope, PlainEnvelopeSchema } from "@concord/gen/concord/conformance/v1/message_pb.js";
import { readBytes } from "./bytes-value.ts";
import { keyToken } from "./key-token.ts";
import { xorshift32 } from "./mutate.ts";

/** Makes keys and envelopes; the same seed makes the same ones. */
export interface Generator {
  key(): string;
  envelope(): PlainEnvelope;
  /** A number of at least 0 and below the bound. */
  below(bound: number): number;
}

const alphabets = [
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_~",
  ".*>% $/\\:;,'\"+&?#=@!()[]{}|^`<",
  "\0\t\r\n\u0007\u001b\u007f",
  "éÅß¿£Ωжфあ漢한عא",
  "😀👩‍👩‍👧🇫🇷\u0301\u200d\ufeff\u{10ffff}",
].map((text) => [...text]);
const attributeNames = ["subject", "dataschema", "tenant", "region", "a", "x1y2z3", "abcdefghijklmnopqrst", "severity"];
const dataTypes = ["application/json", "text/plain; charset=utf-8", "image/png"];
const secondsOfYear1 = -62_135_596_800n;
const secondsOfAllYears = 315_537_897_599n;

/** Makes a generator. */
export function createGenerator(seed: bigint): Generator {
  const next = xorshift32(Number((seed ^ (seed >> 32n)) & 0xffff_ffffn));
  const below = (bound: number) => next() % bound;
  const pick = <Item>(items: readonly Item[]) => items[below(items.length)]!;
  const text = (maxLength: number): string => {
    const alphabet = () => alphabets[below(3) === 0 ? below(alphabets.length) : 0]!;
    return Array.from({ length: 1 + below(maxLength) }, () => pick(alphabet())).join("");
  };
  const maybe = <Value>(make: () => Value): Value | undefined => (below(2) === 0 ? undefined : make());
  const printable = (length: number) => Array.from({ length }, () => pick(alphabets[0]!)).join("");
  const hex = (digits: number) => Array.from({ length: digits }, () => below(16).toString(16)).join("");
  const bytes = (maxLength: number) => Uint8Array.from({ length: below(maxLength + 1) }, () => below(256));
  const seconds = () => secondsOfYear1 + ((BigInt(next()) * BigInt(next())) % secondsOfAllYears);
  const time = () => ({
    seconds: seconds(),
    nanos: pick([0, 1, 999_999_999, 120_000_000, 3_000, below(1_000_000_000)]),
  });
  const sequence = () => pick([0n, 1n, 2n ** 53n + 1n, 2n ** 64n - 1n, BigInt(next()) * BigInt(next())]);

  const key = (): string => {
    const candidate = text(below(8) === 0 ? 60 : 12);
    return tokenFits(candidate) ? candidate : `k${below(1_000_000)}`;
  };
  const envelope = (): PlainEnvelope => {
    const plain = create(PlainEnvelopeSchema, {
      id: `01920000-0000-7000-8000-${hex(12)}`,
      source: pick(["/shop/orders", "urn:x:y", "https://example.com/a?b=c#d", `/s/${printable(5)}`]),
      type: pick(["concord.conformance.v1.CountedEvent", "a.B", "shop.orders.v1.OrderCreated"]),
      attributes: Object.fromEntries(Array.from({ length: below(4) }, () => [pick(attributeNames), text(20)])),
    });
    const trace = () => `00-${hex(31)}1-${hex(15)}1-0${below(2)}`;
    const optional = {
      time: maybe(time),
      key: maybe(key),
      sequence: maybe(sequence),
      idempotencyKey: maybe(() => text(30)),
      traceparent: maybe(trace),
      correlationId: maybe(() => text(30)),
      causationId: maybe(() => text(30)),
      dataContentType: maybe(() => pick(dataTypes)),
      data: maybe(() => readBytes(bytes(200))),
      tracestate: maybe(() => `a=${printable(6)},b=${printable(3)}`),
      dataSchema: maybe(() => `urn:concord:schema:${hex(32)}`),
    };
    return Object.assign(
      plain,
      Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
      {
        time: optional.time && create(PlainEnvelopeSchema, { time: optional.time }).time,
      },
    );
  };
  return { key, envelope, below };
}

function tokenFits(key: string): boolean {
  try {
    return keyToken(key) !== "";
  } catch {
    return false;
  }
}
