/** Headers in the order of the wire; names as they came. */
export type HeaderList = readonly { readonly name: string; readonly value: string }[];

/** Headers as patterns see them: one text for each name in lower case, binary values as hex, several joined by `, `. */
export type FoldedHeaders = Readonly<Record<string, string>>;

/** Reads Node's flat list of names and values. */
export function fromRawHeaders(raw: readonly string[]): HeaderList {
  return Array.from({ length: raw.length / 2 }, (_, index) => ({ name: raw[2 * index]!, value: raw[2 * index + 1]! }));
}

/** Gives headers as Node takes them: an array of values for each name. */
export function toNodeHeaders(list: HeaderList): Record<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const { name, value } of list) headers.set(name, [...(headers.get(name) ?? []), value]);
  return Object.fromEntries(headers);
}

/** Joins the values of each name. Names of HTTP/2's own, with a colon, are left out. */
export function foldHeaders(list: HeaderList): FoldedHeaders {
  const folded = new Map<string, string[]>();
  for (const { name, value } of list) {
    const key = name.toLowerCase();
    if (!key.startsWith(":")) folded.set(key, [...(folded.get(key) ?? []), ...valuesOf(key, value)]);
  }
  return Object.fromEntries([...folded].map(([name, values]) => [name, values.join(", ")]));
}

/** The first value of a name. */
export function headerOf(list: HeaderList, name: string): string | undefined {
  return list.find((each) => each.name.toLowerCase() === name)?.value;
}

function valuesOf(name: string, value: string): string[] {
  if (!isBinary(name)) return [value];
  return value.split(",").map((each) => Buffer.from(each.trim(), "base64").toString("hex"));
}

/** What gRPC and Connect say themselves is no metadata, binary or not. */
function isBinary(name: string): boolean {
  return name.endsWith("-bin") && name !== "grpc-status-details-bin";
}
