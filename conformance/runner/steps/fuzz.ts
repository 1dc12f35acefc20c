import type { FuzzCheck } from "@concord/gen/concord/conformance/v1/check_pb.js";
import type {
  DecodeReply,
  EncodeReply,
  PartitionOfReply,
  SubjectOfReply,
} from "@concord/gen/concord/conformance/v1/codec_pb.js";
import type { CaseContext } from "../context/case-context.ts";
import { CaseFailure } from "../context/case-failure.ts";
import { difference, show } from "../match/match-value.ts";
import type { TesteeProcess } from "../testee/testee-process.ts";
import { bytesFrom } from "../wire/bytes-value.ts";
import { unescapeToken } from "../wire/key-token.ts";
import { toWire } from "../wire/message-format.ts";
import { partitionOf } from "../wire/partition.ts";
import { plainToJson } from "../wire/plain-envelope.ts";
import { createGenerator } from "../wire/random-envelope.ts";
import { wireDifference } from "./wire-difference.ts";

const deadlineMs = 10_000;
const type = "concord.conformance.v1.CountedEvent";

/** Asks many generated questions; the same seed makes the same ones. */
export async function doFuzz(context: CaseContext, process: TesteeProcess, { about, count }: FuzzCheck): Promise<void> {
  const generator = createGenerator(context.seed);
  if (about.case === "keys") {
    const keys = [...new Set(Array.from({ length: count }, () => generator.key()))];
    const tokens = await Promise.all(keys.map((key) => checkKey(context, process, key)));
    if (new Set(tokens).size < keys.length) throw new CaseFailure("different tokens for different keys", "two alike");
    return;
  }
  const mode = about.value ?? "env";
  await Promise.all(Array.from({ length: count }, () => checkEnvelope(process, mode, generator.envelope())));
}

async function checkKey({ ns, seed }: CaseContext, process: TesteeProcess, key: string): Promise<string> {
  const value = { kind: "event", stream: "counted", ns, envelope: { id: "id", type, key } };
  const subject = ((await process.request({ case: "subjectOf", value }, deadlineMs)).value as SubjectOfReply).subject;
  const [, partition, token = ""] = /evt\.counted\.(\d+)\.([^.]+)\./.exec(subject) ?? [];
  const fail = (expected: string, observed: string) =>
    new CaseFailure(`key ${show(key)} of seed ${seed}: ${expected}`, observed);
  if (!/^[A-Za-z0-9_~%-]+$/.test(token)) throw fail("one legal token", show(subject));
  if (unescapeToken(token) !== key) throw fail("a token that turns back into it", token);
  const wanted = partitionOf(token, 8);
  if (Number(partition) !== wanted) throw fail(`partition ${wanted}`, String(partition));
  const answer = await process.request({ case: "partitionOf", value: { key, id: "id", partitions: 64 } }, deadlineMs);
  const found = (answer.value as PartitionOfReply).partition;
  if (found !== partitionOf(token, 64)) throw fail(`partition ${partitionOf(token, 64)} of 64`, String(found));
  return token;
}

async function checkEnvelope(
  process: TesteeProcess,
  mode: string,
  envelope: Parameters<typeof toWire>[1],
): Promise<void> {
  const encoded = await process.request({ case: "encode", value: { mode, envelope } }, deadlineMs);
  const { body, headers } = encoded.value as EncodeReply;
  const found = wireDifference(mode, toWire(mode, envelope), { headers, body: bytesFrom(body) });
  if (found) throw new CaseFailure(`${show(plainToJson(envelope))} encoded as every implementation does`, found);
  const decoded = await process.request({ case: "decode", value: { body: body!, headers } }, deadlineMs);
  const read = (decoded.value as DecodeReply).envelope;
  const differs = read ? difference({ $exact: plainToJson(envelope) }, plainToJson(read)) : "nothing";
  if (differs) throw new CaseFailure(`${show(plainToJson(envelope))} as it was`, differs);
}
