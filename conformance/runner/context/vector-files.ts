import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { type Vector, type VectorFile, VectorFileSchema } from "@concord/gen/concord/conformance/v1/vector_pb.js";
import { SuiteError } from "../suite/suite-error.ts";
import { bytesFrom } from "../wire/bytes-value.ts";

/** The vectors of the suite, each file read once. */
export interface VectorFiles {
  /**
   * Reads a file.
   * @throws {SuiteError} when it is damaged: no JSON, an unknown key, bytes that are no hex.
   */
  read(file: string): Promise<VectorFile>;
  /**
   * Finds one vector by `file#id`.
   * @throws {SuiteError} when there is none.
   */
  find(name: string): Promise<Vector>;
}

/** Opens a folder of vectors. */
export function openVectors(folder: string): VectorFiles {
  const files = new Map<string, Promise<VectorFile>>();
  const read = (file: string) => {
    const found = files.get(file) ?? readVectors(folder, file);
    files.set(file, found);
    return found;
  };
  return {
    read,
    async find(name) {
      const [file = "", id = ""] = name.split("#");
      const vector = (await read(file)).vectors.find((each) => each.id === id);
      if (vector) return vector;
      throw new SuiteError(`there is no vector ${name}`);
    },
  };
}

async function readVectors(folder: string, file: string): Promise<VectorFile> {
  const path = join(folder, `${file}.json`);
  try {
    const vectors = fromJson(VectorFileSchema, JSON.parse(await readFile(path, "utf8")) as JsonValue);
    for (const { hex } of vectors.vectors) if (hex) bytesFrom(hex);
    return vectors;
  } catch (error) {
    throw new SuiteError(`the vectors ${file}.json cannot be read: ${(error as Error).message}`);
  }
}
