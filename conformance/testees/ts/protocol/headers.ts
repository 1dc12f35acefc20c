import type { Header } from "@concord/gen/concord/conformance/v1/message_pb.js";

/** Gives headers as a transport hands them on: names in lower case, values trimmed, the last of several values. */
export function toHeaders(headers: readonly Header[]): Record<string, string> {
  return Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value.trim()]));
}

/** Lists headers as they are sent. */
export function fromHeaders(headers: Readonly<Record<string, string>>): { name: string; value: string }[] {
  return Object.entries(headers).map(([name, value]) => ({ name, value }));
}
