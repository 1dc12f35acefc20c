import { type DescField, getOption, hasOption } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { FieldRulesSchema, field as fieldOption } from "@concord/gen/buf/validate/validate_pb.js";

/** Whether a change of rules refuses values that were fine, or lets through values that were refused. */
export interface RuleShift {
  /** Rules that refuse more than before, as they read. */
  readonly tighter: readonly string[];
  /** Rules that refuse less than before, as they read. */
  readonly looser: readonly string[];
}

/** A rule by its path, such as `string.max_len`, with its value: a number or text, or the members of a list. */
type Rules = ReadonlyMap<string, RuleValue>;
type RuleValue = number | bigint | string | boolean | ReadonlySet<string>;

const lowerBounds = new Set(["min_len", "min_bytes", "min_items", "min_pairs", "gt", "gte"]);
const upperBounds = new Set(["max_len", "max_bytes", "max_items", "max_pairs", "lt", "lte"]);
const allowLists = new Set(["in"]);

/** Tells whether a field must be set, by its `buf.validate` rules. */
export function isRequired(field: DescField): boolean {
  return hasOption(field, fieldOption) && getOption(field, fieldOption).required;
}

/** Compares the `buf.validate` rules of a field, but for `required`. What cannot be compared counts as tighter. */
export function compareFieldRules(before: DescField, after: DescField): RuleShift {
  const [was, is] = [rulesOf(before), rulesOf(after)];
  const tighter: string[] = [];
  const looser: string[] = [];
  for (const path of new Set([...was.keys(), ...is.keys()])) {
    const [old, now] = [was.get(path), is.get(path)];
    const text = `${path} ${valueText(old)} → ${valueText(now)}`;
    const { refusesMore, refusesLess } = shift(path, old, now);
    if (refusesMore) tighter.push(text);
    if (refusesLess) looser.push(text);
  }
  return { tighter, looser };
}

function shift(path: string, was: RuleValue | undefined, is: RuleValue | undefined) {
  if (was === undefined) return { refusesMore: is !== false, refusesLess: false };
  if (is === undefined) return { refusesMore: false, refusesLess: was !== false };
  const name = path.slice(path.lastIndexOf(".") + 1);
  if (was instanceof Set && is instanceof Set) {
    const [gone, added] = [lacksSome(is, was), lacksSome(was, is)];
    // Whether another expression refuses less, nobody can tell.
    if (name.startsWith("cel") && added) return { refusesMore: true, refusesLess: false };
    return allowLists.has(name) ? { refusesMore: gone, refusesLess: added } : { refusesMore: added, refusesLess: gone };
  }
  if (was === is) return { refusesMore: false, refusesLess: false };
  if (lowerBounds.has(name)) return { refusesMore: is > was, refusesLess: is < was };
  if (upperBounds.has(name)) return { refusesMore: is < was, refusesLess: is > was };
  if (typeof is === "boolean") return { refusesMore: is, refusesLess: !is };
  // Another pattern, constant or expression: nobody can tell which values it refuses, so stored ones may be among them.
  return { refusesMore: true, refusesLess: false };
}

function lacksSome(set: ReadonlySet<string>, members: ReadonlySet<string>): boolean {
  return [...members].some((member) => !set.has(member));
}

function rulesOf(field: DescField): Rules {
  const rules = new Map<string, RuleValue>();
  if (hasOption(field, fieldOption)) collect(reflect(FieldRulesSchema, getOption(field, fieldOption)), "", rules);
  rules.delete("required");
  return rules;
}

function collect(message: ReflectMessage, prefix: string, rules: Map<string, RuleValue>): void {
  for (const field of message.fields) {
    if (!message.isSet(field) || field.name === "example") continue;
    const path = prefix + field.name;
    if (field.fieldKind === "message" && !isTime(field.message.typeName))
      collect(message.get(field), `${path}.`, rules);
    else if (field.fieldKind === "list") rules.set(path, new Set([...message.get(field)].map(memberText)));
    else rules.set(path, scalarValue(message.get(field)));
  }
}

function isTime(typeName: string): boolean {
  return typeName === "google.protobuf.Duration" || typeName === "google.protobuf.Timestamp";
}

function scalarValue(value: unknown): RuleValue {
  if (isReflected(value)) return timeNanos(value);
  return value instanceof Uint8Array ? [...value].join(" ") : (value as RuleValue);
}

function timeNanos({ message }: ReflectMessage): bigint {
  const { seconds, nanos } = message as unknown as { readonly seconds: bigint; readonly nanos: number };
  return seconds * 1_000_000_000n + BigInt(nanos);
}

/** A member of a list; an expression counts by what it says, not by its id and words. */
function memberText(value: unknown): string {
  if (!isReflected(value)) return String(value);
  const { expression } = value.message as unknown as { readonly expression?: string };
  return expression ?? String(timeNanos(value));
}

function isReflected(value: unknown): value is ReflectMessage {
  return typeof value === "object" && value !== null && "desc" in value && "message" in value;
}

function valueText(value: RuleValue | undefined): string {
  if (value === undefined) return "none";
  return value instanceof Set ? `[${[...value].join(", ")}]` : String(value);
}
