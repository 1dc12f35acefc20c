import { isJsonObject, type Json, type JsonObject } from "../suite/json.ts";
import { SuiteError } from "../suite/suite-error.ts";

/**
 * Compares a value with a pattern; see "Patterns" in `suites/README.md`.
 * @returns where and how it differs, undefined when it fits.
 * @throws {SuiteError} for an operator that does not exist.
 */
export function difference(pattern: Json, value: Json | undefined, path = ""): string | undefined {
  if (isJsonObject(pattern)) return objectDifference(pattern, value, path);
  if (Array.isArray(pattern)) return listDifference(pattern, value, path);
  return pattern === value ? undefined : differs(path, pattern, value);
}

/** Whether a value fits a pattern. */
export function fits(pattern: Json, value: Json | undefined): boolean {
  return difference(pattern, value) === undefined;
}

const operators: Readonly<Record<string, (operand: Json, value: Json | undefined) => boolean>> = {
  $any: (_, value) => value !== undefined,
  $absent: (_, value) => value === undefined || value === null,
  $min: (operand, value) => isNumeric(value) && compare(value, operand) >= 0,
  $max: (operand, value) => isNumeric(value) && compare(value, operand) <= 0,
  $re: (operand, value) => typeof value === "string" && new RegExp(String(operand), "u").test(value),
  $one_of: (operand, value) => listOf(operand).some((each) => fits(each, value)),
  $all: (operand, value) => listOf(operand).every((each) => fits(each, value)),
  $not: (operand, value) => !fits(operand, value),
  $set: (operand, value) => Array.isArray(value) && isSet(listOf(operand), value),
  $has: (operand, value) => Array.isArray(value) && value.some((each) => fits(operand, each)),
  $lacks: (operand, value) => Array.isArray(value) && !value.some((each) => fits(operand, each)),
  $len: (operand, value) => (Array.isArray(value) || typeof value === "string") && fits(operand, value.length),
  $fixed: (operand, value) => typeof value === "string" && value.includes(String(operand)),
};

function objectDifference(pattern: JsonObject, value: Json | undefined, path: string): string | undefined {
  const names = Object.keys(pattern);
  if (names.includes("$exact")) return exactDifference(pattern.$exact!, value, path);
  const used = names.filter((name) => name.startsWith("$"));
  if (used.length > 0) {
    const failed = used.find((name) => !operatorOf(name)(pattern[name]!, value));
    return failed && differs(path, { [failed]: pattern[failed]! }, value);
  }
  if (!isJsonObject(value)) return differs(path, pattern, value);
  for (const name of names) {
    const found = difference(pattern[name]!, value[name], `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function operatorOf(name: string) {
  const operator = operators[name];
  if (operator) return operator;
  throw new SuiteError(`there is no pattern operator ${name}`);
}

function exactDifference(pattern: Json, value: Json | undefined, path: string): string | undefined {
  const found = difference(pattern, value, path);
  if (found !== undefined || !isJsonObject(pattern) || !isJsonObject(value)) return found;
  const surplus = Object.keys(value).filter((name) => !(name in pattern));
  return surplus.length === 0 ? undefined : `${path || "value"} has also ${surplus.join(", ")}`;
}

function listDifference(pattern: readonly Json[], value: Json | undefined, path: string): string | undefined {
  if (!Array.isArray(value)) return differs(path, pattern, value);
  for (const [index, each] of pattern.entries()) {
    const found = difference(each, value[index], `${path}[${index}]`);
    if (found !== undefined) return found;
  }
  return value.length > pattern.length ? `${path || "the list"} has ${value.length} items` : undefined;
}

function isSet(patterns: readonly Json[], values: readonly Json[]): boolean {
  if (patterns.length !== values.length) return false;
  const [first, ...rest] = patterns;
  if (first === undefined) return true;
  return values.some((value, index) => fits(first, value) && isSet(rest, values.toSpliced(index, 1)));
}

function listOf(operand: Json): readonly Json[] {
  if (Array.isArray(operand)) return operand;
  throw new SuiteError("this pattern operator takes a list");
}

function isNumeric(value: Json | undefined): value is number | string {
  return typeof value === "number" || (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value));
}

function compare(value: number | string, operand: Json): number {
  const [left, right] = [String(value), String(operand)];
  if (left.includes(".") || right.includes(".")) return Number(left) - Number(right);
  return BigInt(left) < BigInt(right) ? -1 : Number(BigInt(left) > BigInt(right));
}

const shownChars = 200;

/** Writes a value on one line, a long one cut in the middle. */
export function show(value: Json | undefined): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  if (text.length <= shownChars) return text;
  return `${text.slice(0, shownChars / 2)} … ${text.slice(-shownChars / 2)} (${text.length} characters)`;
}

function differs(path: string, pattern: Json, value: Json | undefined): string {
  const place = path.replace(/^\./, "");
  return `${place ? `${place} is ` : ""}${show(value)}, not ${show(pattern)}`;
}
