import { type DescExtension, type DescField, type DescMessage, getOption } from "@bufbuild/protobuf";
import { type Path, type ReflectList, type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import type { Violation } from "@bufbuild/protovalidate";
import {
  type FieldRules,
  FieldRulesSchema,
  field as fieldOption,
  message as messageOption,
  predefined as predefinedOption,
  type Rule,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

/**
 * Says what a broken rule asks for, without the value that broke it. The library's own texts hold constants of the rule
 * only; the text of a custom rule is used where the contract fixes it, because one that the rule computes may quote the
 * value.
 */
export function ruleText(schema: DescMessage, violation: Violation): string {
  const custom = customRule(schema, violation);
  if (custom === "standard") return violation.message;
  return custom?.message || `breaks the rule ${violation.ruleId}`;
}

/** Finds the custom rule that was broken; undefined when it has no fixed text. */
function customRule(schema: DescMessage, { rule, ruleId, field }: Violation): Rule | undefined | "standard" {
  const fields = field.filter((element): element is DescField => element.kind === "field");
  if (rule.length === 0) {
    const message = field.length === 0 ? schema : fields.at(-1)?.message;
    return message && getOption(message, messageOption).cel.find(({ id }) => id === ruleId);
  }
  const extension = rule.find((element): element is DescExtension => element.kind === "extension");
  if (extension) return getOption(extension, predefinedOption).cel.find(({ id }) => id === ruleId);
  if (rule.some((element) => element === FieldRulesSchema.field.celExpression)) return undefined;
  if (!rule.some((element) => element === FieldRulesSchema.field.cel)) return "standard";
  return ruleAt(getOption(fields.at(-1)!, fieldOption), rule);
}

/** Follows a rule's path, such as `repeated.items.cel[0]`, from the rules of its field. */
function ruleAt(rules: FieldRules, path: Path): Rule | undefined {
  let current: unknown = reflect(FieldRulesSchema, rules);
  for (const element of path) {
    if (element.kind === "field") current = (current as ReflectMessage).get(element);
    else if (element.kind === "list_sub") current = (current as ReflectList).get(element.index);
  }
  return (current as ReflectMessage).message as Rule;
}
