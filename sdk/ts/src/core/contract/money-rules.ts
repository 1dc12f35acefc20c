import { type DescField, ScalarType } from "@bufbuild/protobuf";
import type { Finding } from "./contract-fault.ts";
import type { ContractSet } from "./contract-set.ts";
import { fieldDeclaration } from "./source-position.ts";

const moneyWords = "amount|balance|cost|discount|fare|fee|money|payment|price|refund|salary|subtotal|tax|total|wage";
/** A name that ends in a word for money, perhaps with its currency or what it is counted per. */
const moneyNames = new RegExp(`(^|_)(${moneyWords})s?(_(usd|eur|gbp|chf|jpy|cny|inr|cents?))?(_per_[a-z0-9_]+)?$`);
/** A message that is money, whatever its fields are called. */
const moneyTypes = /(Money|Amount|Price|Cost|Fee|Balance|Currency)$/;
const floats: ReadonlySet<ScalarType> = new Set([ScalarType.FLOAT, ScalarType.DOUBLE]);
const floatMessages = /^google\.protobuf\.(Float|Double)Value$/;

/** Finds money that is a float, by the name of the field or of its message (rule MONEY_NOT_FLOAT). */
export function* moneyNotFloat({ messages }: ContractSet): Iterable<Finding> {
  for (const message of messages.values()) {
    for (const field of message.fields.filter((candidate) => isFloat(candidate) && isMoney(candidate))) {
      const text = `${message.typeName}.${field.name} holds money as a float; use integer minor units and a currency`;
      yield { at: fieldDeclaration(field), message: text };
    }
  }
}

function isFloat(field: DescField): boolean {
  if (field.scalar !== undefined) return floats.has(field.scalar);
  return field.message !== undefined && floatMessages.test(field.message.typeName);
}

function isMoney(field: DescField): boolean {
  return moneyNames.test(field.name) || moneyTypes.test(field.parent.name);
}
