import { escapeKeyToken } from "@concord/sdk";
import type { Asked } from "../../ops/op.ts";
import { planted } from "../answers.ts";
import type { Plant } from "../plant.ts";

const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;

/** Multiplies before it mixes the byte in: FNV-1, not FNV-1a. */
export const fnv1: Plant = partitionBy((bytes) =>
  bytes.reduce((hash, byte) => (Math.imul(hash, prime) ^ byte) >>> 0, offsetBasis),
);

/** Takes the hash for a signed number, so that some partitions are negative. */
export const signedMod: Plant = partitionBy((bytes) => hashOf(bytes) | 0);

/** Hashes the key as it is, not as it stands in the subject. */
export const hashRaw: Plant = planted("partitionOf", (_, { key, id, partitions }) => ({
  partition: (hashOf(Buffer.from(key ?? id)) >>> 0) % partitions,
}));

function partitionBy(hash: (bytes: Uint8Array) => number): Plant {
  return planted("partitionOf", (_, asked) => ({ partition: Math.abs(hash(tokenOf(asked)) % asked.partitions) }));
}

function tokenOf({ key, id }: Asked<"partitionOf">): Uint8Array {
  return Buffer.from(key === undefined ? id : escapeKeyToken(key));
}

function hashOf(bytes: Uint8Array): number {
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, prime), offsetBasis);
}
