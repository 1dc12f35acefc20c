import type { Registry } from "@bufbuild/protobuf";
import type { Path } from "@bufbuild/protobuf/reflect";
import { createValidator, type Violation as RuleViolation } from "@bufbuild/protovalidate";
import { ConcordError } from "../core/error.ts";
import type { Validate } from "../core/validate.ts";
import { createPatternMatcher } from "./pattern-matcher.ts";
import { ruleText } from "./rule-text.ts";

/** What {@link createValidation} may be told. */
export interface ValidationOptions {
  /** Knows the predefined rules of one's own, extensions of messages such as `buf.validate.StringRules`. */
  readonly registry?: Registry;
}

/**
 * Checks messages against the `buf.validate` rules of their contracts (https://protovalidate.com). All broken rules are
 * reported at once, by field path, without the values: map keys in paths are written `[?]`, and a custom rule that
 * computes its message is named instead.
 */
export function createValidation(options: ValidationOptions = {}): Validate {
  const validator = createValidator({ ...options, regexMatch: createPatternMatcher() });
  return (schema, message) => {
    const result = validator.validate(schema, message);
    if (result.kind === "valid") return [];
    if (result.kind === "invalid") {
      return result.violations.map((violation) => ({
        field: fieldText(violation),
        rule: violation.ruleId,
        message: ruleText(schema, violation),
      }));
    }
    // Without the cause: an evaluator's error may quote the value that it failed on.
    throw new ConcordError(
      "invalid_contract",
      `a rule of ${schema.typeName} cannot be evaluated (${result.error.name})`,
    );
  };
}

function fieldText({ field }: RuleViolation): string {
  return field.map(elementText).join("").replace(/^\./, "");
}

function elementText(element: Path[number]): string {
  switch (element.kind) {
    case "field":
    case "oneof":
      return `.${element.name}`;
    case "extension":
      return `[${element.typeName}]`;
    case "list_sub":
      return `[${element.index}]`;
    case "map_sub":
      return "[?]";
  }
}
