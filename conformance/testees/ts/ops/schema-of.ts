import { fromBinary } from "@bufbuild/protobuf";
import { createContractReader, schemaDigest } from "@concord/sdk";
import { messageOf } from "../fixtures.ts";
import { toBytes } from "../protocol/bytes.ts";
import type { Op } from "./op.ts";

/** Tells what the contract says about a type and its data. */
export const schemaOf: Op<"schemaOf"> = ({ type, data }) => {
  const schema = messageOf(type);
  const bytes = toBytes(data);
  if (!bytes) return { dataSchema: schemaDigest(schema) };
  const contract = createContractReader().event(schema);
  const message = fromBinary(schema, bytes);
  const key = contract.keyOf(message);
  const idempotencyKey = contract.idempotencyKeyOf(message);
  return {
    dataSchema: schemaDigest(schema),
    ...(key !== undefined && { key }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
};
