import type { VectorCheck } from "@concord/gen/concord/conformance/v1/check_pb.js";
import type { DecodeReply, EncodeReply } from "@concord/gen/concord/conformance/v1/codec_pb.js";
import type { Mutation, Vector } from "@concord/gen/concord/conformance/v1/vector_pb.js";
import type { CaseContext } from "../context/case-context.ts";
import { CaseFailure } from "../context/case-failure.ts";
import { difference, show } from "../match/match-value.ts";
import type { JsonObject } from "../suite/json.ts";
import { matchesGlob } from "../suite/path-pattern.ts";
import { SuiteError } from "../suite/suite-error.ts";
import type { Op } from "../testee/protocol-line.ts";
import type { Answer } from "../testee/reply-desk.ts";
import { OpError } from "../testee/testee-fault.ts";
import type { TesteeProcess } from "../testee/testee-process.ts";
import { bytesFrom, bytesJson, readBytes } from "../wire/bytes-value.ts";
import { plainToJson } from "../wire/plain-envelope.ts";
import { checkMutation } from "./mutations.ts";
import { answerJson } from "./ops.ts";
import { opOfRequest } from "./request-json.ts";
import { wireDifference } from "./wire-difference.ts";

/** A testee, and how long it may take for one answer. */
interface Asked {
  readonly process: TesteeProcess;
  readonly deadlineMs: number;
}

/** Asks every vector of a file that fits, many at once: the order of the answers is the testee's own. */
export async function doVectors(context: CaseContext, process: TesteeProcess, check: VectorCheck): Promise<void> {
  const file = await context.vectors.read(check.file);
  const vectors = file.vectors.filter((vector) => isWanted(check, vector));
  const mutations = file.mutations.filter(({ id }) => check.ids === "" || matchesGlob(check.ids, id));
  if (vectors.length + mutations.length === 0)
    throw new SuiteError(`no vector of ${check.file}.json fits ${check.ids}`);
  const testee = { process, deadlineMs: Math.max(1, context.deadlineAt - performance.now()) };
  const outcomes = await Promise.allSettled(vectors.map((vector) => checkVector(testee, check, vector)));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed) throw failed.reason;
  for (const mutation of mutations) await checkMutation(process, mutation, sourceOf(file.vectors, mutation));
}

function isWanted(check: VectorCheck, { id, mode, dir }: Vector): boolean {
  const fitsDir = dir === "" || check.dir === "" || dir === check.dir;
  return (check.ids === "" || matchesGlob(check.ids, id)) && (check.mode === "" || mode === check.mode) && fitsDir;
}

function sourceOf(vectors: readonly Vector[], { id, vector }: Mutation): Vector {
  const found = vectors.find((each) => each.id === vector);
  if (found) return found;
  throw new SuiteError(`the mutation ${id} breaks the vector ${vector}, which is not there`);
}

async function checkVector(testee: Asked, check: VectorCheck, vector: Vector): Promise<void> {
  if (vector.request) return checkCall(testee, check, vector);
  if (check.dir === "encode") return checkEncode(testee, vector);
  if (check.dir === "decode") return checkDecode(testee, vector);
  throw new SuiteError(`the vectors of ${check.file} need a direction: dir: encode or decode`);
}

async function checkEncode(testee: Asked, vector: Vector): Promise<void> {
  const op: Op = { case: "encode", value: { mode: vector.mode, envelope: vector.json! } };
  const answer = await ask(testee, vector, op);
  if (!answer) return;
  const { body, headers } = answer.value as EncodeReply;
  const wanted = { headers: vector.headers, body: bytesFrom(vector.hex) };
  const found = wireDifference(vector.mode, wanted, { headers, body: bytesFrom(body) });
  if (found) throw failure(vector, `encodes to ${show(bytesJson(wanted.body))}`, found);
}

async function checkDecode(testee: Asked, vector: Vector): Promise<void> {
  const value = { body: readBytes(bytesFrom(vector.hex)), headers: vector.headers };
  const answer = await ask(testee, vector, { case: "decode", value });
  if (!answer) return;
  const { envelope } = answer.value as DecodeReply;
  const wanted = plainToJson(vector.json!);
  const found = envelope ? difference({ $exact: wanted }, plainToJson(envelope)) : "no envelope";
  if (found) throw failure(vector, `decodes to ${show(wanted)}`, found);
}

/** Any other op: its request and a pattern of its reply; `ns` and `kind` of the step are put in where there is room. */
async function checkCall(testee: Asked, check: VectorCheck, vector: Vector): Promise<void> {
  const request = vector.request as JsonObject;
  const ns = Object.values(request).some((args) => "ns" in (args as JsonObject)) ? "" : check.ns;
  const op = opOfRequest(request, { ns, kind: check.kind });
  const answer = await ask(testee, vector, op);
  if (!answer) return;
  const pattern = vector.reply as JsonObject;
  const json = answerJson(answer) as JsonObject;
  const found = difference(withNamespace(pattern, ns), json);
  if (found) throw failure(vector, `replies ${show(pattern)}`, found);
}

function withNamespace(reply: JsonObject, ns: string): JsonObject {
  if (typeof reply.subject !== "string" || ns === "") return reply;
  return { ...reply, subject: `${ns}.${reply.subject}` };
}

/** The answer; undefined when the vector's error came, as it must. */
async function ask(testee: Asked, vector: Vector, op: Op): Promise<Answer | undefined> {
  try {
    const answer = await testee.process.request(op, Math.round(testee.deadlineMs));
    if (vector.error)
      throw failure(vector, `fails with ${vector.error}`, `it succeeds with ${show(answerJson(answer))}`);
    return answer;
  } catch (error) {
    if (!(error instanceof OpError)) throw error;
    if (!vector.error.split("|").includes(error.code)) {
      throw failure(vector, vector.error ? `fails with ${vector.error}` : "succeeds", error.message);
    }
    return undefined;
  }
}

function failure({ id, why }: Vector, expected: string, observed: string): CaseFailure {
  return new CaseFailure(`vector ${id} (${why}) ${expected}`, observed);
}
