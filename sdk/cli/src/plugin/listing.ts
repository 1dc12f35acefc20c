import { catalogue, errorCategory, warningCategory } from "../rules/catalogue.ts";
import { encodeCategories, encodeRules } from "./messages.ts";

/** Writes `buf.plugin.check.v1.ListRulesResponse`; the rules that find errors are on by default. */
export function encodeRuleList(): Uint8Array {
  return encodeRules(
    catalogue.map(({ id, severity, purpose, type }) => ({
      id,
      categories: [severity === "error" ? errorCategory : warningCategory],
      isDefault: severity === "error",
      purpose,
      type,
    })),
  );
}

/** Writes `buf.plugin.check.v1.ListCategoriesResponse`. */
export function encodeCategoryList(): Uint8Array {
  return encodeCategories([
    { id: errorCategory, purpose: "Finds what makes events wrong, or breaks those who consume them." },
    { id: warningCategory, purpose: "Finds what needs a look before it is merged." },
  ]);
}
