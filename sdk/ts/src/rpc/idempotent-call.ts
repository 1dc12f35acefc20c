import { deserialize, serialize } from "node:v8";
import { type DescMethod, fromBinary } from "@bufbuild/protobuf";
import { type ContextKey, createContextKey, type HandlerContext } from "@connectrpc/connect";
import { ConcordError } from "../core/error.ts";
import type { CallClaim, CallRef, IdempotencyStore } from "../core/store/idempotency-store.ts";

/** A call whose key was given: its transactions run once, however often it is repeated. */
export interface IdempotentCall {
  /** Takes the next transaction of the call. */
  nextStep(): CallStep;
}

/** One transaction of a call. */
export interface CallStep {
  /**
   * Runs the work of a transaction unless an earlier run of the call has committed it: then it gives what it gave then.
   * @throws {ConcordError} `failed_precondition` when the key belongs to another request; `internal` when the work gives
   *   what cannot be kept, such as a function.
   */
  once<Result>(tx: unknown, run: () => Promise<Result>): Promise<Result>;
}

/** Where the call being run is kept for whoever opens transactions for it. */
export const idempotentCall: ContextKey<IdempotentCall | undefined> = createContextKey<IdempotentCall | undefined>(
  undefined,
  { description: "the call by its idempotency key" },
);

/** Where an answer that was given before is kept, to be given instead of running the method. */
export const keptAnswer: ContextKey<Uint8Array | undefined> = createContextKey<Uint8Array | undefined>(undefined, {
  description: "the answer of an earlier run",
});

/** Written on answers that were given before. */
const replayedHeader = "idempotency-replayed";

/** Wraps the implementation of a unary method: an answer that was given before is given again. */
export function answerAgain(method: DescMethod, run: UnaryRun): UnaryRun {
  return (request, context) => {
    const answer = context.values.get(keptAnswer);
    if (!answer) return run(request, context);
    context.responseHeader.set(replayedHeader, "true");
    return fromBinary(method.output, answer);
  };
}

type UnaryRun = (request: never, context: HandlerContext) => unknown;

/** Makes the steps of a call, counted from 0 in the order in which its method takes them. */
export function createIdempotentCall(store: IdempotencyStore, ref: CallRef, claim: CallClaim): IdempotentCall {
  let steps = 0;
  return {
    nextStep() {
      const step = steps++;
      return {
        async once<Result>(tx: unknown, run: () => Promise<Result>) {
          const known = await store.claim(tx, ref, step, claim);
          if (known) {
            if (known.requestHash !== claim.requestHash) throw reusedKey(ref);
            return (known.result && deserialize(known.result)) as Result;
          }
          const result = await run();
          await store.record(tx, ref, step, toBytes(ref, result));
          return result;
        },
      };
    },
  };
}

/** The refusal of a key that was used for another request (conformance F24). */
export function reusedKey({ method }: CallRef): ConcordError {
  const message = `the idempotency key was used for another request of ${method}; use a new key for a new request`;
  return new ConcordError("failed_precondition", message);
}

/** Node's own format keeps all that messages and rows are made of, 64-bit numbers and bytes too. */
function toBytes({ method }: CallRef, result: unknown): Uint8Array {
  try {
    return serialize(result);
  } catch (cause) {
    const message = `what a transaction of ${method} resolves to cannot be kept; resolve to plain values or messages`;
    throw new ConcordError("internal", message, { cause });
  }
}
