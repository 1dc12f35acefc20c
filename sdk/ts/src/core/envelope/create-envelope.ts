import { noAttributes, sortAttributes } from "./attributes.ts";
import type { Envelope, EnvelopeAttributes } from "./envelope.ts";
import { validateEnvelope } from "./validate-envelope.ts";

/** What {@link createEnvelope} takes: the fields of an envelope, attributes being optional too. */
export interface EnvelopeInit extends Omit<Envelope, "attributes"> {
  /** Default none. */
  readonly attributes?: EnvelopeAttributes | undefined;
}

/**
 * Makes a valid envelope. Ids, times and traces are the caller's to give; nothing is filled in.
 * @throws {ConcordError} `invalid_envelope`, `invalid_attribute` with the field in `details.field`.
 */
export function createEnvelope(init: EnvelopeInit): Envelope {
  const envelope: Envelope = {
    id: init.id,
    source: init.source,
    type: init.type,
    time: init.time,
    key: init.key,
    sequence: init.sequence,
    idempotencyKey: init.idempotencyKey,
    traceparent: init.traceparent,
    correlationId: init.correlationId,
    causationId: init.causationId,
    dataContentType: init.dataContentType,
    data: init.data,
    tracestate: init.tracestate,
    dataSchema: init.dataSchema,
    attributes: init.attributes === undefined ? noAttributes : sortAttributes(init.attributes),
  };
  validateEnvelope(envelope);
  return envelope;
}
