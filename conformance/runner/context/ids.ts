/** The pinned id with a number: `01920000-0000-7000-8000-<n>`. */
export function pinnedId(n: number): string {
  return `01920000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;
}

/** A UUIDv7 of a time, with a number in place of its random part (RFC 9562, section 5.7). */
export function uuid7At(ms: number, n: number): string {
  const time = Math.floor(ms).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${n.toString(16).padStart(12, "0")}`;
}

/** The time within a UUIDv7, in milliseconds since the epoch; undefined when it is none. */
export function timeOfUuid7(id: string): number | undefined {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) return undefined;
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
