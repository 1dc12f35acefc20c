import { createHash } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import { EnvelopeSchema } from "@concord/gen/concord/event/v1/envelope_pb.js";
import { canonicalJson } from "../../runner/steps/mutations.ts";
import type { JsonObject } from "../../runner/suite/json.ts";
import { bytesJson } from "../../runner/wire/bytes-value.ts";
import { CodeError } from "../../runner/wire/code-error.ts";
import { foldVerdicts, mutate } from "../../runner/wire/mutate.ts";
import { fromEnvelope, plainToJson } from "../../runner/wire/plain-envelope.ts";
import { checkRules } from "./rules.ts";
import { readBySecondRuntime } from "./second-runtime.ts";
import { bytesOf, full, golden, minimal, received, type VectorJson } from "./vector.ts";
import { hasForeignWireType } from "./wire-types.ts";

const textFields = {
  id: 1,
  source: 2,
  type: 3,
  key: 5,
  "idempotency-key": 7,
  traceparent: 8,
  "correlation-id": 9,
  "causation-id": 10,
  "data-content-type": 11,
  tracestate: 16,
  "data-schema": 17,
};

/** Cases Z1 to Z6: bytes that peers of bad will, or bad luck, send. */
export function hostileVectors(): { vectors: VectorJson[]; mutations: JsonObject[] } {
  const base = golden("Z0-full", "what is cut and flipped", full);
  return {
    vectors: [base, ...badText(), ...oversized(), ...others()],
    mutations: [
      mutation("Z1-cut", "cut at every byte", { cut: {} }),
      mutation("Z2-flip", "one bit flipped", { flip: { seed: 42, count: 10_000 } }),
    ],
  };
}

function badText(): VectorJson[] {
  const bad = { lone: "ff", overlong: "c080", surrogate: "eda080", cut: "c3" };
  return Object.entries(textFields).flatMap(([name, field]) =>
    Object.entries(bad).map(([kind, hex]) => {
      const tag = Buffer.from(
        field < 16 ? [(field << 3) | 2] : [(((field << 3) | 2) & 0x7f) | 0x80, field >> 4],
      ).toString("hex");
      const whole = bytesJson(bytesOf(minimal)) + tag + (hex.length / 2).toString(16).padStart(2, "0") + hex;
      return received(
        `Z3-${name}-${kind}`,
        "bytes that are no UTF-8 are refused, never replaced",
        { hex: whole },
        { error: "undecodable" },
      );
    }),
  );
}

function oversized(): VectorJson[] {
  const hex = bytesJson(bytesOf(minimal));
  const undecodable = { error: "undecodable" };
  const deep = 1_000;
  return [
    received("Z4-length", "a text of 2^31-1 bytes that are not there", { hex: `${hex}2affffffff07` }, undecodable),
    received("Z4-length-64", "a length of 64 bits", { hex: `${hex}2affffffffffffffffff01` }, undecodable),
    received(
      "Z4-depth",
      "a thousand groups within each other, of a field that nobody knows",
      { hex: `${hex}${"9b06".repeat(deep)}${"9c06".repeat(deep)}` },
      { error: "undecodable" },
    ),
    received(
      "Z4-open-groups",
      "a thousand groups that do not end",
      { hex: `${hex}${"9b06".repeat(deep)}` },
      undecodable,
    ),
  ];
}

function others(): VectorJson[] {
  const json = Buffer.from(JSON.stringify(minimal)).toString("hex");
  return [
    received("Z5-empty", "no byte at all has no id", { hex: "" }, { error: "invalid_envelope" }),
    received("Z5-json", "JSON that claims to be protobuf", { hex: json }, { error: "undecodable" }),
    received(
      "Z6-no-id",
      "no id",
      { hex: bytesJson(bytesOf({ source: minimal.source!, type: minimal.type! })) },
      { error: "invalid_envelope" },
    ),
    received(
      "Z6-no-source",
      "no source",
      { hex: bytesJson(bytesOf({ id: minimal.id!, type: minimal.type! })) },
      { error: "invalid_envelope" },
    ),
    received(
      "Z6-no-type",
      "no type",
      { hex: bytesJson(bytesOf({ id: minimal.id!, source: minimal.source! })) },
      { error: "invalid_envelope" },
    ),
    received(
      "Z6-control",
      "a control character in the id",
      { hex: bytesJson(bytesOf({ ...minimal, id: "a\nb" })) },
      { error: "invalid_envelope" },
    ),
    received(
      "Z6-source",
      "a source that is no URI-reference",
      { hex: bytesJson(bytesOf({ ...minimal, source: "/a b" })) },
      { error: "invalid_envelope" },
    ),
    received(
      "Z6-long-id",
      "an id of 257 bytes",
      { hex: bytesJson(bytesOf({ ...minimal, id: "i".repeat(257) })) },
      { error: "invalid_envelope" },
    ),
    received(
      "Z6-longest-id",
      "an id of 256 bytes",
      { hex: bytesJson(bytesOf({ ...minimal, id: "i".repeat(256) })) },
      { json: { ...minimal, id: "i".repeat(256) } },
    ),
  ];
}

/** Verdicts of two runtimes; where they differ, or others are known to, the copy is not asked (`x`). */
function mutation(
  id: string,
  why: string,
  by: { cut: object } | { flip: { seed: number; count: number } },
): JsonObject {
  const kind = "cut" in by ? { case: "cut" as const, value: {} } : { case: "flip" as const, value: by.flip };
  const digest = createHash("sha256");
  const letters = mutate({ by: kind } as never, bytesOf(full)).map((body) => {
    const [left, right] = [judge(() => readByFirstRuntime(body)), judge(() => readBySecondRuntime(body))];
    if (left.letter !== right.letter || left.json !== right.json || hasForeignWireType(EnvelopeSchema, body))
      return "x";
    if (left.json !== undefined) digest.update(`${left.json}\n`);
    return left.letter;
  });
  return {
    id,
    why,
    vector: "Z0-full",
    ...by,
    verdicts: foldVerdicts(letters.join("")),
    digest: digest.digest("hex"),
  } as JsonObject;
}

function readByFirstRuntime(body: Uint8Array): JsonObject {
  return plainToJson(fromEnvelope(fromBinary(EnvelopeSchema, body)));
}

const letters: Readonly<Record<string, string>> = { undecodable: "u", invalid_envelope: "i", invalid_attribute: "a" };

function judge(read: () => JsonObject): { letter: string; json?: string } {
  let json: JsonObject;
  try {
    json = read();
  } catch {
    return { letter: "u" };
  }
  try {
    checkRules(json);
    return { letter: "o", json: canonicalJson(json) };
  } catch (error) {
    return { letter: error instanceof CodeError ? letters[error.code]! : "u" };
  }
}
