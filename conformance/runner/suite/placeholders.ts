import { isJsonObject, type Json, type JsonObject } from "./json.ts";
import { SuiteError } from "./suite-error.ts";

/** Gives the value of a placeholder's name; undefined when there is none. */
export type Lookup = (name: string) => Json | undefined;

const placeholder = /\$\{([^}]*)\}/g;
const whole = /^\$\{([^}]*)\}$/;

/**
 * Replaces the placeholders in all strings of a value, names of fields too. A string that is one placeholder becomes its value, type and all.
 * @throws {SuiteError} for a placeholder that has no value.
 */
export function expand(value: Json, lookup: Lookup): Json {
  if (typeof value === "string") return expandText(value, lookup);
  if (Array.isArray(value)) return value.map((item) => expand(item, lookup));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [textOf(expandText(key, lookup)), expand(each, lookup)]),
  );
}

function expandText(text: string, lookup: Lookup): Json {
  const only = whole.exec(text)?.[1];
  if (only !== undefined) return evaluate(only, lookup);
  return text.replace(placeholder, (_, name: string) => textOf(evaluate(name, lookup)));
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A name, or a sum of names and whole numbers with spaces around `+` and `-`. */
function evaluate(expression: string, lookup: Lookup): Json {
  const [first, ...rest] = expression.split(/ ([+-]) /);
  if (rest.length === 0) return lookUp(expression.trim(), lookup);
  let sum = numberOf(first!, lookup);
  for (let index = 0; index < rest.length; index += 2) {
    const term = numberOf(rest[index + 1]!, lookup);
    sum += rest[index] === "+" ? term : -term;
  }
  return sum;
}

function numberOf(term: string, lookup: Lookup): number {
  const value = /^\d+$/.test(term.trim()) ? term.trim() : lookUp(term.trim(), lookup);
  const number = typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;
  if (Number.isFinite(number)) return number;
  throw new SuiteError(`"${term}" is no number`);
}

function lookUp(name: string, lookup: Lookup): Json {
  const value = lookup(name);
  if (value === undefined) throw new SuiteError(`\${${name}} has no value`);
  return value;
}

/** Follows `a.0.b` into a value; undefined where there is nothing. */
export function follow(value: Json | undefined, path: readonly string[]): Json | undefined {
  let found: Json | undefined = value;
  for (const part of path) {
    if (Array.isArray(found)) found = found[Number(part)];
    else if (isJsonObject(found)) found = found[part];
    else return undefined;
  }
  return found;
}

/**
 * A value with every placeholder taken as the text `0`, which most fields can read, but for those whose text is known: to
 * check a case's form when it is loaded.
 */
export function withoutPlaceholders(value: Json, known: Readonly<Record<string, string>> = {}): Json {
  return expand(value, (name) => known[name] ?? (name.startsWith("now") ? "2025-01-02T03:04:05Z" : "0"));
}

/** Every name that stands in a placeholder of a value. */
export function placeholderNames(value: Json): string[] {
  if (typeof value === "string") {
    const expressions = [...value.matchAll(placeholder)].map((match) => match[1]!);
    const terms = expressions.flatMap((expression) => expression.split(/ [+-] /));
    return terms.map((term) => term.trim()).filter((term) => !/^\d+$/.test(term));
  }
  if (Array.isArray(value)) return value.flatMap(placeholderNames);
  return isJsonObject(value)
    ? Object.entries(value as JsonObject)
        .flat()
        .flatMap(placeholderNames)
    : [];
}
