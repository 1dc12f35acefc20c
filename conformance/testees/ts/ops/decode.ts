import { decodeData, isData } from "../data-json.ts";
import { decodeAny } from "../modes.ts";
import { toBytes } from "../protocol/bytes.ts";
import { toHeaders } from "../protocol/headers.ts";
import { fromEnvelope } from "../protocol/plain-envelope.ts";
import type { Op } from "./op.ts";

/** Reads an envelope in whatever format its headers say. */
export const decode: Op<"decode"> = ({ headers, body }) => {
  const message = { headers: toHeaders(headers), body: toBytes(body) ?? new Uint8Array() };
  return { envelope: isData(message) ? decodeData(message) : fromEnvelope(decodeAny(message)) };
};
