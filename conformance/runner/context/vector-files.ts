import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { type Vector, type VectorFile, VectorFileSchema } from "@concord/gen/concord/conformance/v1/vector_pb.js";
import { SuiteError } from "../suite/suite-error.ts";
import { bytesFrom } from "../wire/bytes-value.ts";
import type { WireHeader } from "../wire/header-list.ts";

/**
 * Reads a file of vectors.
 * @throws {SuiteError} when it is damaged: no JSON, an unknown key, bytes that are no hex.
 */
export async function readVectors(folder: string, file: string): Promise<VectorFile> {
  const path = join(folder, `${file}.json`);
  try {
    const vectors = fromJson(VectorFileSchema, JSON.parse(await readFile(path, "utf8")) as JsonValue);
    for (const { hex } of vectors.vectors) if (hex) bytesFrom(hex);
    return vectors;
  } catch (error) {
    throw new SuiteError(`the vectors ${file}.json cannot be read: ${(error as Error).message}`);
  }
}

/** Reads one vector by `file#id`. */
export async function readVector(
  folder: string,
  name: string,
): Promise<{ headers: readonly WireHeader[]; body: Uint8Array; vector: Vector }> {
  const [file = "", id = ""] = name.split("#");
  const { vectors } = await readVectors(folder, file);
  const vector = vectors.find((each) => each.id === id);
  if (!vector) throw new SuiteError(`there is no vector ${name}`);
  return { headers: vector.headers, body: bytesFrom(vector.hex), vector };
}
