import { decodeWire, formatSubject, parseSubject } from "@concord/sdk";
import type { Plant } from "../plant.ts";
import { altered, delivering } from "../wire/messages.ts";

const questionMark = 0x3f;
const neverInUtf8 = 0xff;

/** Replaces what is no UTF-8 by something that is. */
export const replacesUtf8: Plant = {
  transport: delivering((delivery) => {
    const body = delivery.body.map((byte) => (byte === neverInUtf8 ? questionMark : byte));
    return altered(delivery, { body, subject: subjectOf(body, delivery) });
  }),
};

/** Believes the envelope where its subject says something else. */
export const trustsSubject: Plant = {
  transport: delivering((delivery) => altered(delivery, { subject: subjectOf(delivery.body, delivery) })),
};

/** Ends when it meets bytes that are no message. */
export const dies: Plant = {
  transport: delivering((delivery) => {
    if (tryDecode(delivery.body, delivery.headers) === undefined) process.exit(1);
    return delivery;
  }),
};

function subjectOf(
  body: Uint8Array,
  { subject, headers }: { subject: string; headers: Readonly<Record<string, string>> },
): string {
  const parts = parseSubject(subject);
  const envelope = tryDecode(body, headers);
  if (!parts || !envelope || subject.includes("rdr.")) return subject;
  const keyToken = envelope.key && encodeURIComponent(envelope.key);
  return formatSubject({ ...parts, keyToken, type: envelope.type });
}

function tryDecode(body: Uint8Array, headers: Readonly<Record<string, string>>) {
  try {
    return decodeWire({ headers, body });
  } catch {
    return undefined;
  }
}
