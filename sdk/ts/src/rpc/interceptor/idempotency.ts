import { createHash } from "node:crypto";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Interceptor, UnaryRequest, UnaryResponse } from "@connectrpc/connect";
import { ConcordError } from "../../core/error.ts";
import type { CallClaim, CallRef, IdempotencyStore } from "../../core/store/idempotency-store.ts";
import { callerKey } from "../caller.ts";
import { createIdempotentCall, idempotentCall, keptAnswer, reusedKey } from "../idempotent-call.ts";
import { createMethodContracts, type MethodContract } from "../method-contract.ts";
import { idempotencyKeyHeader } from "./retry.ts";
import { rpcName } from "./rpc-name.ts";
import type { Next } from "./watch-call.ts";

/** Visible ASCII, up to 255 characters. */
const keyPattern = /^[\x21-\x7e]{1,255}$/;

/**
 * Makes calls with one `Idempotency-Key` one call, where the contract says so
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/): the first answer is kept before it is
 * given and is given again, with the header `idempotency-replayed`; transactions of the method commit once, so that a call
 * repeated after a crash goes on where the first one died; duplicates at the same time wait for the first. A key with
 * another request is `failed_precondition` (conformance F24). Failures are not kept: a call that failed can be repeated.
 */
export function createIdempotencyInterceptor(store: IdempotencyStore): Interceptor {
  const contractOf = createMethodContracts();
  const running = new Map<string, Running>();
  return (next) => async (request) => {
    const contract = contractOf(request.method);
    if (request.stream || contract.idempotencyKey === "ignored") return next(request);
    const key = readKey(request.header, contract, rpcName(request.method));
    if (key === undefined) return next(request);
    const ref = { method: rpcName(request.method), caller: request.contextValues.get(callerKey)?.subject ?? "", key };
    const claim = { requestHash: hashRequest(request), retentionMs: contract.idempotencyRetentionMs };
    return runOnce({ store, running, ref, claim }, next, request);
  };
}

interface Running {
  readonly requestHash: string;
  readonly answer: Promise<Uint8Array>;
}

interface Once {
  readonly store: IdempotencyStore;
  readonly running: Map<string, Running>;
  readonly ref: CallRef;
  readonly claim: CallClaim;
}

async function runOnce(once: Once, next: Next, request: UnaryRequest): Promise<UnaryResponse> {
  const { store, running, ref, claim } = once;
  const name = JSON.stringify([ref.method, ref.caller, ref.key]);
  for (let first = running.get(name); first; first = running.get(name)) {
    if (first.requestHash !== claim.requestHash) throw reusedKey(ref);
    const answer = await first.answer.catch(() => undefined);
    if (answer) return replay(next, request, answer);
  }
  const answered = Promise.withResolvers<Uint8Array>();
  answered.promise.catch(() => {});
  running.set(name, { requestHash: claim.requestHash, answer: answered.promise });
  try {
    const known = await store.find(ref);
    if (known && known.requestHash !== claim.requestHash) throw reusedKey(ref);
    const response = known?.answer ? await replay(next, request, known.answer) : await runFirst(once, next, request);
    answered.resolve(toBinary(request.method.output, response.message));
    return response;
  } catch (error) {
    answered.reject(error);
    throw error;
  } finally {
    running.delete(name);
  }
}

async function runFirst({ store, ref, claim }: Once, next: Next, request: UnaryRequest): Promise<UnaryResponse> {
  request.contextValues.set(idempotentCall, createIdempotentCall(store, ref, claim));
  const response = (await next(request)) as UnaryResponse;
  const answer = toBinary(request.method.output, response.message);
  const kept = await store.settle(ref, claim, answer);
  if (Buffer.compare(kept, answer) === 0) return response;
  return { ...response, message: fromBinary(request.method.output, kept) };
}

/** Through the rest of the chain, which knows what heads its carrier needs. */
function replay(next: Next, request: UnaryRequest, answer: Uint8Array): Promise<UnaryResponse> {
  request.contextValues.set(keptAnswer, answer);
  return next(request) as Promise<UnaryResponse>;
}

/** @throws {ConcordError} `invalid_argument` for a key that is missing or malformed. */
function readKey(header: Headers, { idempotencyKey }: MethodContract, name: string): string | undefined {
  const key = header.get(idempotencyKeyHeader) ?? undefined;
  if (key === undefined && idempotencyKey === "optional") return undefined;
  if (key !== undefined && keyPattern.test(key)) return key;
  const message = key === undefined ? "is missing" : "is not 1 to 255 visible ASCII characters";
  const details = { field: "Idempotency-Key" };
  throw new ConcordError("invalid_argument", `${name}: the header Idempotency-Key ${message}`, { details });
}

function hashRequest({ method, message }: UnaryRequest): string {
  return createHash("sha256").update(toBinary(method.input, message)).digest("hex");
}
