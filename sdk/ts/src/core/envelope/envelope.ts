/** A point in time with nanoseconds, as protobuf's Timestamp counts it. */
export interface EnvelopeTime {
  /** Whole seconds since the Unix epoch; negative before it. Years 0001 to 9999. */
  readonly seconds: bigint;
  /** Nanoseconds after `seconds`, 0 to 999,999,999; they count forward also before the epoch. */
  readonly nanos: number;
}

/** Extension attributes by name, such as `{ tenant: "acme" }`. */
export type EnvelopeAttributes = Readonly<Record<string, string>>;

/**
 * The message around every event and command, as `proto/concord/event/v1/envelope.proto` defines it. Absent fields are
 * undefined; a string that is present is never empty.
 */
export interface Envelope {
  /** Identity of the event together with `source`. Written as a UUIDv7; any 1-256 bytes without controls are read. */
  readonly id: string;
  /** URI-reference of the producing service, such as `/shop/orders`. */
  readonly source: string;
  /** Full protobuf name of the message in `data`. */
  readonly type: string;
  /** When the fact happened. */
  readonly time?: EnvelopeTime | undefined;
  /** Events of one key are handled in the order of their commits. Unset: no order is promised. */
  readonly key?: string | undefined;
  /** Rises per source and key in commit order, with gaps. Given by the outbox; unset without a key. */
  readonly sequence?: bigint | undefined;
  /** Names the business operation: repeating the operation repeats it. */
  readonly idempotencyKey?: string | undefined;
  /** W3C trace context at the origin of the event, not that of the last hop. */
  readonly traceparent?: string | undefined;
  /** Ties all events of one business process together. */
  readonly correlationId?: string | undefined;
  /** The id of the event that caused this one. */
  readonly causationId?: string | undefined;
  /** Media type of `data`. Unset: application/protobuf. */
  readonly dataContentType?: string | undefined;
  /** The message named by `type`, encoded. Unset and empty are not the same. */
  readonly data?: Uint8Array | undefined;
  /** W3C tracestate at the origin of the event. */
  readonly tracestate?: string | undefined;
  /** Digest of the schema that `data` was written with. */
  readonly dataSchema?: string | undefined;
  /** Extension attributes; without a prototype, so that every name can be asked for. */
  readonly attributes: EnvelopeAttributes;
}
