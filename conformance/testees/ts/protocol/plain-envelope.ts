import type { MessageInitShape } from "@bufbuild/protobuf";
import type { PlainEnvelope, PlainEnvelopeSchema } from "@concord/gen/concord/conformance/v1/message_pb.js";
import { createEnvelope, type Envelope } from "@concord/sdk";
import { fromBytes, toBytes } from "./bytes.ts";

/**
 * Makes the SDK's envelope of what the protocol says.
 * @throws {ConcordError} `invalid_envelope`, `invalid_attribute`
 */
export function toEnvelope(plain: PlainEnvelope | undefined): Envelope {
  const { id = "", source = "", type = "", time } = plain ?? {};
  return createEnvelope({
    id,
    source,
    type,
    time: time && { seconds: time.seconds, nanos: time.nanos },
    key: plain?.key,
    sequence: plain?.sequence,
    idempotencyKey: plain?.idempotencyKey,
    traceparent: plain?.traceparent,
    correlationId: plain?.correlationId,
    causationId: plain?.causationId,
    dataContentType: plain?.dataContentType,
    data: toBytes(plain?.data),
    tracestate: plain?.tracestate,
    dataSchema: plain?.dataSchema,
    attributes: plain?.attributes,
  });
}

/** Gives the SDK's envelope as the protocol says it. */
export function fromEnvelope(envelope: Envelope): MessageInitShape<typeof PlainEnvelopeSchema> {
  const { data, time, attributes, ...texts } = envelope;
  const set = Object.entries(texts).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(set),
    ...(time && { time }),
    ...(data && { data: fromBytes(data) }),
    attributes: { ...attributes },
  };
}
