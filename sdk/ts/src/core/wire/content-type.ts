/** Content type of a CloudEvent in JSON. */
export const jsonEventContentType = "application/cloudevents+json";

/** Content type of a CloudEvent in protobuf. */
export const protobufEventContentType = "application/cloudevents+protobuf";

/** Gives a media type for comparison: without parameters, in lower case (conformance F1); empty when there is none. */
export function toMediaType(header: string | undefined): string {
  return (header ?? "").split(";", 1)[0]!.trim().toLowerCase();
}
