/** What a look at a text found that should be JSON. */
export interface JsonScan {
  /** The first character that no JSON goes on with; the text's length when all of it is JSON. */
  readonly end: number;
  /** The value that the look ended in, such as `lines[0].quantity`; empty outside of all members. */
  readonly endPath: string;
  /** Where each value begins, by its path; that of the whole has the empty path. */
  readonly places: ReadonlyMap<string, number>;
}

/** A string without a line end in it, a number or a word. @see https://www.rfc-editor.org/rfc/rfc8259 */
const scalar =
  /(?:"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/uy;

/** Reads a text as JSON as far as it is, and notes where each value stands: the runtime's own parser tells no places. */
export function scanJson(text: string): JsonScan {
  const places = new Map<string, number>();
  let at = 0;
  let path = "";
  const space = () => {
    while (/\s/.test(text[at] ?? "")) at++;
  };
  const token = (expected: string): boolean => {
    space();
    if (text[at] !== expected) return false;
    at++;
    return true;
  };
  const scalarHere = (): string | undefined => {
    space();
    scalar.lastIndex = at;
    const [found] = scalar.exec(text) ?? [];
    if (found !== undefined) at = scalar.lastIndex;
    return found;
  };
  /** The path stays where the look ends. */
  const within = (part: string, read: () => boolean): boolean => {
    const above = path;
    path += part;
    if (!read()) return false;
    path = above;
    return true;
  };
  const member = (): boolean => {
    space();
    const name = text[at] === '"' ? scalarHere() : undefined;
    if (name === undefined || !token(":")) return false;
    return within(`${path && "."}${JSON.parse(name)}`, value);
  };
  const listOf = (item: (index: number) => boolean, end: string): boolean => {
    if (token(end)) return true;
    let index = 0;
    do {
      if (!item(index++)) return false;
    } while (token(","));
    return token(end);
  };
  const value = (): boolean => {
    space();
    places.set(path, at);
    if (token("{")) return listOf(member, "}");
    if (token("[")) return listOf((index) => within(`[${index}]`, value), "]");
    return scalarHere() !== undefined;
  };
  value();
  space();
  return { end: at, endPath: path, places };
}

/** Tells a place of a text as people count: `line 2, column 13`. */
export function placeIn(text: string, position: number): string {
  const before = text.slice(0, position).split("\n");
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`;
}
