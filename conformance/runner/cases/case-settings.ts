import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { type ConfigureRequest, ConfigureRequestSchema } from "@concord/gen/concord/conformance/v1/settings_pb.js";
import { isJsonObject, type Json, type JsonObject } from "../suite/json.ts";
import type { Permutation } from "../suite/permutations.ts";
import { expand, type Lookup } from "../suite/placeholders.ts";
import { SuiteError } from "../suite/suite-error.ts";

/** What the runner itself sets. */
export interface BaseSettings {
  readonly ns: string;
  readonly broker_url: string;
  readonly database_url: string;
  readonly mode: string;
  readonly seed: string;
}

/** Merges the settings of a testee: the runner's, the suite's, the case's, its own; the later counts. */
export function settingsOf(
  permutation: Permutation,
  testee: string,
  base: BaseSettings,
  lookup: Lookup,
): ConfigureRequest {
  const { configure, testees, definition } = permutation.case;
  const layers = [{ service: "counter", ...base }, ...configure, testees[testee] ?? {}].map((layer) =>
    expand(layer, lookup),
  );
  const merged = layers.reduce<JsonObject>((done, layer) => merge(done, layer as JsonObject), {});
  const offsetMs = definition.testees[testee]?.clockOffsetMs ?? 0;
  try {
    return fromJson(ConfigureRequestSchema, withOffset(merged, offsetMs) as JsonValue);
  } catch (error) {
    throw new SuiteError(`the settings of ${testee}: ${(error as Error).message}`);
  }
}

/** The service that a testee plays, before anything else is known of it. */
export function serviceOf({ case: { configure, testees } }: Permutation, testee: string): string {
  const named = [...configure, testees[testee] ?? {}]
    .map(({ service }) => service)
    .findLast((each) => each !== undefined);
  return typeof named === "string" ? named : "counter";
}

function merge(left: JsonObject, right: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...left };
  for (const [name, value] of Object.entries(right)) {
    const before = merged[name];
    merged[name] = isJsonObject(before) && isJsonObject(value) ? merge(before, value) : value;
  }
  return merged;
}

function withOffset(settings: JsonObject, offsetMs: number): JsonObject {
  if (offsetMs === 0) return settings;
  const now = typeof settings.now === "string" ? Date.parse(settings.now) : Date.now();
  return { ...settings, now: new Date(now + offsetMs).toISOString() };
}
