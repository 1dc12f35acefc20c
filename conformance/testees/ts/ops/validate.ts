import { fromBinary } from "@bufbuild/protobuf";
import { createValidation } from "@concord/sdk";
import { messageOf } from "../fixtures.ts";
import { toBytes } from "../protocol/bytes.ts";
import type { Op } from "./op.ts";

/** Lists the rules of the contract that data breaks. */
export const validate: Op<"validate"> = ({ type, data }) => {
  const schema = messageOf(type);
  const violations = createValidation()(schema, fromBinary(schema, toBytes(data) ?? new Uint8Array()));
  return { violations: violations.map(({ field, rule, message }) => ({ path: field, rule, message })) };
};
