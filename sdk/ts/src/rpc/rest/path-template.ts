import { ConcordError } from "../../core/error.ts";

/** A path of `google.api.http`, ready to be matched (https://github.com/googleapis/googleapis/blob/master/google/api/http.proto). */
export interface PathTemplate {
  readonly text: string;
  /** Field paths of the variables, in order. */
  readonly variables: readonly string[];
  /** Greater for templates that say more of a path: of two that match, it is the one to take. */
  readonly weight: number;
  /**
   * Gives the variables' values, undefined when the path does not match.
   * @throws {ConcordError} `invalid_argument` for percent signs that escape nothing.
   */
  match(path: string): readonly string[] | undefined;
}

/** What a pattern is put together from. */
interface Parsed {
  pattern: string;
  readonly variables: string[];
  /** Whether each variable may span segments; then an escaped slash stays escaped. */
  readonly spans: boolean[];
  weight: number;
}

const variable = /^\{(?<field>[A-Za-z_][\w.]*)(?:=(?<segments>[^{}]+))?\}/;
const literal = /^[^{}*/:]+/;

/**
 * Reads a template: literals, `*` (one segment), `**` (all that follow), `{field}`, `{field=pattern}`, and `:verb` at the
 * end.
 * @throws {ConcordError} `invalid_contract` when it does not read.
 */
export function parsePathTemplate(text: string): PathTemplate {
  const parsed: Parsed = { pattern: "", variables: [], spans: [], weight: 0 };
  let rest = text;
  while (rest !== "") rest = rest.slice(readPiece(rest, parsed, text));
  const pattern = new RegExp(`^${parsed.pattern}$`);
  return {
    text,
    variables: parsed.variables,
    weight: parsed.weight,
    match(path) {
      const found = pattern.exec(path);
      return found?.slice(1).map((value, index) => decode(value, parsed.spans[index] ?? false));
    },
  };
}

function readPiece(rest: string, parsed: Parsed, text: string): number {
  const field = variable.exec(rest);
  if (field?.groups) {
    const segments = field.groups.segments ?? "*";
    parsed.variables.push(field.groups.field!);
    parsed.spans.push(segments.includes("**") || segments.includes("/"));
    parsed.pattern += `(${segmentsPattern(segments, text)})`;
    return field[0].length;
  }
  const wild = /^\*\*?/.exec(rest)?.[0];
  const piece = wild ?? literal.exec(rest)?.[0] ?? /^[/:]/.exec(rest)?.[0];
  if (piece === undefined) throw unreadable(text);
  parsed.pattern += wild ? segmentsPattern(wild, text) : escapePattern(piece);
  if (!wild && piece !== "/") parsed.weight += 1;
  return piece.length;
}

function segmentsPattern(segments: string, text: string): string {
  const parts = segments.split("/");
  if (parts.slice(0, -1).includes("**") || parts.includes("")) throw unreadable(text);
  // `**` at the end may also be nothing.
  return parts.map((part) => (part === "*" ? "[^/]+?" : part === "**" ? ".*" : escapePattern(part))).join("/");
}

/** An escaped slash in a value of several segments is no border between them, so it is left as it is. */
function decode(value: string, spans: boolean): string {
  try {
    return spans ? decodeURI(value) : decodeURIComponent(value);
  } catch (cause) {
    throw new ConcordError("invalid_argument", "the path has a percent sign that escapes nothing", { cause });
  }
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}

function unreadable(text: string): ConcordError {
  return new ConcordError(
    "invalid_contract",
    `the HTTP path ${text} does not read; write segments such as /orders/{order_id}`,
  );
}
