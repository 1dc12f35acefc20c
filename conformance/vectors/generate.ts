import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { JsonObject } from "../runner/suite/json.ts";
import { cloudEventVectors } from "./sources/cloud-events.ts";
import { delayVectors } from "./sources/delay.ts";
import { envelopeVectors } from "./sources/envelope.ts";
import { envelopeJsonVectors } from "./sources/envelope-json.ts";
import { hostileVectors } from "./sources/hostile.ts";
import { keyVectors, partitionVectors } from "./sources/keys.ts";
import { schemaVectors } from "./sources/schema.ts";

interface File {
  readonly about: string;
  readonly vectors: readonly JsonObject[];
  readonly mutations?: readonly JsonObject[];
}

/** All files of vectors by their names, made from pinned ids and times. */
export function vectorFiles(): Readonly<Record<string, File>> {
  return {
    envelope: { about: "Bytes of the envelope", vectors: envelopeVectors() },
    "envelope-json": { about: "The envelope as JSON", vectors: envelopeJsonVectors() },
    "cloud-events": { about: "CloudEvents in JSON, in NATS binary mode and in protobuf", vectors: cloudEventVectors() },
    keys: { about: "Subjects, tokens and texts of keys", vectors: keyVectors() },
    partitions: { about: "Partitions of a thousand keys", vectors: partitionVectors() },
    schema: { about: "Digests of schemas", vectors: schemaVectors() },
    delay: { about: "Waits between attempts", vectors: delayVectors() },
    hostile: { about: "Bytes of hostile peers", ...hostileVectors() },
  };
}

/** One vector a line, so that a change can be reviewed. */
export function formatVectors({ about, vectors, mutations = [] }: File): string {
  const lines = (list: readonly JsonObject[]) => list.map((each) => `    ${JSON.stringify(each)}`).join(",\n");
  const more = mutations.length > 0 ? `,\n  "mutations": [\n${lines(mutations)}\n  ]` : "";
  return `{\n  "about": ${JSON.stringify(about)},\n  "vectors": [\n${lines(vectors)}\n  ]${more}\n}\n`;
}

/** Names the files that differ from what this script makes. */
export async function staleVectors(): Promise<string[]> {
  const stale: string[] = [];
  for (const [name, file] of Object.entries(vectorFiles())) {
    const written = await readFile(pathOf(name), "utf8").catch(() => "");
    if (written !== formatVectors(file)) stale.push(`conformance/vectors/${name}.json`);
  }
  return stale;
}

function pathOf(name: string): string {
  return join(import.meta.dirname, `${name}.json`);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
  if (values.check) {
    const stale = await staleVectors();
    for (const name of stale) console.error(`${name} differs from what conformance/vectors/generate.ts makes`);
    process.exit(stale.length > 0 ? 1 : 0);
  }
  for (const [name, file] of Object.entries(vectorFiles())) {
    await writeFile(pathOf(name), formatVectors(file));
    console.log(`${name}.json: ${file.vectors.length} vectors`);
  }
}
