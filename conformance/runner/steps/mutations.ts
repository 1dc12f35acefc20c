import { createHash } from "node:crypto";
import type { DecodeReply } from "@concord/gen/concord/conformance/v1/codec_pb.js";
import type { Mutation, Vector } from "@concord/gen/concord/conformance/v1/vector_pb.js";
import { CaseFailure } from "../context/case-failure.ts";
import { SuiteError } from "../suite/suite-error.ts";
import { OpError } from "../testee/testee-fault.ts";
import type { TesteeProcess } from "../testee/testee-process.ts";
import { bytesFrom, readBytes } from "../wire/bytes-value.ts";
import { mutate, spellVerdicts, verdictLetters } from "../wire/mutate.ts";
import { plainToJson } from "../wire/plain-envelope.ts";

const deadlineMs = 30_000;
/** So many requests at once: enough to keep a testee busy, few enough for its deadline. */
const batchSize = 500;

/** Has a testee decode every broken copy of a vector, and compares its verdicts, and what it read, with the recorded ones. */
export async function checkMutation(process: TesteeProcess, mutation: Mutation, vector: Vector): Promise<void> {
  const copies = mutate(mutation, bytesFrom(vector.hex));
  const wanted = spellVerdicts(mutation.verdicts);
  if (wanted.length !== copies.length)
    throw new SuiteError(`${mutation.id} has ${wanted.length} verdicts for ${copies.length} copies`);
  const digest = createHash("sha256");
  for (let start = 0; start < copies.length; start += batchSize) {
    const batch = copies.slice(start, start + batchSize);
    const answers = await Promise.all(batch.map((body) => decode(process, vector, body)));
    for (const [index, { letter, json }] of answers.entries()) {
      const want = wanted[start + index]!;
      // The runtimes that made the verdicts do not agree about this copy.
      if (want === "x") continue;
      if (letter !== want) throw failure(mutation, start + index, verdictName(want), verdictName(letter));
      if (json !== undefined) digest.update(`${json}\n`);
    }
  }
  const found = digest.digest("hex");
  if (found === mutation.digest) return;
  throw new CaseFailure(
    `${mutation.id}: what is read has the digest ${mutation.digest}`,
    `${found}: some envelope differs`,
  );
}

async function decode(
  process: TesteeProcess,
  { headers }: Vector,
  body: Uint8Array,
): Promise<{ letter: string; json?: string }> {
  try {
    const answer = await process.request({ case: "decode", value: { body: readBytes(body), headers } }, deadlineMs);
    const { envelope } = answer.value as DecodeReply;
    return { letter: "o", json: envelope ? canonicalJson(plainToJson(envelope)) : "" };
  } catch (error) {
    if (error instanceof OpError) return { letter: verdictLetters[error.code] ?? "?" };
    throw error;
  }
}

/** JSON with its names sorted, so that one text stands for one envelope. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, each) =>
    each && typeof each === "object" && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([left], [right]) => (left < right ? -1 : 1)))
      : each,
  );
}

function verdictName(letter: string): string {
  if (letter === "o") return "it is read";
  return Object.entries(verdictLetters).find(([, each]) => each === letter)?.[0] ?? "another error";
}

function failure({ id, why }: Mutation, copy: number, expected: string, observed: string): CaseFailure {
  return new CaseFailure(`${id} copy ${copy} (${why}): ${expected}`, observed);
}
