import { encodeData } from "../data-json.ts";
import { encodeAs } from "../modes.ts";
import { fromBytes } from "../protocol/bytes.ts";
import { fromHeaders } from "../protocol/headers.ts";
import { toEnvelope } from "../protocol/plain-envelope.ts";
import type { Op } from "./op.ts";

/** Writes an envelope in one of the wire formats. */
export const encode: Op<"encode"> = ({ mode, envelope }) => {
  const { headers, body } = mode === "data-json" ? encodeData(envelope) : encodeAs(mode, toEnvelope(envelope));
  return { body: fromBytes(body), headers: fromHeaders(headers) };
};
