import { gunzipSync, gzipSync } from "node:zlib";
import { compressedFlag, type Frame } from "./frames.ts";

/** Compresses by a name of HTTP; an empty name leaves the bytes. */
export function compress(bytes: Uint8Array, encoding: string): Uint8Array {
  return encoding === "gzip" ? gzipSync(bytes) : bytes;
}

/**
 * Decompresses by a name of HTTP.
 * @throws {Error} for an encoding that was not asked for.
 */
export function decompress(bytes: Uint8Array, encoding: string | undefined): Uint8Array {
  if (encoding === undefined || encoding === "identity") return bytes;
  if (encoding === "gzip") return gunzipSync(bytes);
  throw new Error(`nobody asked for the encoding ${encoding}`);
}

/** Makes the frame of a message. */
export function packMessage(bytes: Uint8Array, encoding: string): Frame {
  return encoding === "" ? { flags: 0, bytes } : { flags: compressedFlag, bytes: compress(bytes, encoding) };
}

/** Gives the message of a frame. */
export function unpackMessage({ flags, bytes }: Frame, encoding: string | undefined): Uint8Array {
  return flags & compressedFlag ? decompress(bytes, encoding) : bytes;
}
