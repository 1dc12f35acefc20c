import type { DescMessage, Message } from "@bufbuild/protobuf";

/** One broken rule of one field. It never carries the field's value. */
export interface Violation {
  /** Path of the field by proto names, such as `lines[0].quantity`; empty for a rule of the whole message. */
  readonly field: string;
  /** Name of the rule, such as `int32.gt`. */
  readonly rule: string;
  /** What the rule asks for, such as `must be greater than 0`. */
  readonly message: string;
}

/**
 * Checks a message against the rules of its contract and gives every broken one, none when it is valid.
 * @throws {ConcordError} `invalid_contract` when a rule itself cannot be evaluated.
 */
export type Validate = (schema: DescMessage, message: Message) => readonly Violation[];
