const pattern = /^[a-z][a-z0-9]{0,19}$/;

/**
 * Names that an attribute must not have: CloudEvents' own but `subject` and `dataschema`, which have no field in the
 * envelope, and those that the mapping to CloudEvents gives to fields of the envelope.
 */
const reserved: ReadonlySet<string> = new Set([
  "id",
  "source",
  "specversion",
  "type",
  "time",
  "data",
  "datacontenttype",
  "partitionkey",
  "idempotencykey",
  "traceparent",
  "tracestate",
  "correlationid",
  "causationid",
  "keysequence",
  "schemadigest",
]);

/** Tells whether an extension attribute may have this name: `[a-z][a-z0-9]{0,19}`, and none that CloudEvents knows. */
export function isAttributeName(name: string): boolean {
  return pattern.test(name) && !reserved.has(name);
}
