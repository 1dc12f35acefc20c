import type { Reply } from "@concord/gen/concord/conformance/v1/testee_pb.js";
import { OpError } from "./testee-fault.ts";

/** The answer to an op, by its name. */
export type Answer = Exclude<Reply["result"], { case: undefined | "error" | "report" }>;

/** Stands for any op: a raw line may ask what the runner does not know. */
export const anyOp = "any";

/** The requests that wait for their replies. */
export interface ReplyDesk {
  /** The number of the next request. */
  nextN(): number;
  /** Numbers up to this one are taken. */
  take(n: number): void;
  /** Waits for the reply with this number. */
  wait(n: number, op: string, deadlineMs: number): Promise<Answer>;
  /** Hands a reply to who waits for it; gives the fault when nobody does, or when it answers something else. */
  settle(reply: Reply): string | undefined;
  /** Nobody gets a reply any more. */
  rejectAll(error: Error): void;
}

interface Waiting {
  readonly op: string;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Makes a desk; `onLate` hears of each deadline that passes. */
export function createReplyDesk(onLate: (message: string) => void): ReplyDesk {
  const waiting = new Map<number, Waiting>();
  let lastN = 0;
  return {
    nextN: () => ++lastN,
    take(n) {
      lastN = Math.max(lastN, n);
    },
    wait: (n, op, deadlineMs) =>
      new Promise((resolve, reject) => {
        const late = () => onLate(`the testee did not answer ${snakeCase(op)} within ${Math.round(deadlineMs)} ms`);
        waiting.set(n, { op, resolve, reject, timer: setTimeout(late, deadlineMs) });
      }),
    settle({ n, result }) {
      const asked = waiting.get(n);
      if (!asked)
        return `the testee answered request ${n}, which ${n > 0 && n <= lastN ? "it has answered before" : "nobody asked"}`;
      if (result.case !== "error" && result.case !== asked.op && asked.op !== anyOp) {
        return `the testee answered ${snakeCase(asked.op)} with ${snakeCase(result.case ?? "nothing")}`;
      }
      waiting.delete(n);
      clearTimeout(asked.timer);
      if (result.case !== "error") asked.resolve(result as Answer);
      else asked.reject(new OpError(snakeCase(asked.op), result.value.code, result.value.message));
      return undefined;
    },
    rejectAll(error) {
      for (const { reject, timer } of waiting.values()) {
        clearTimeout(timer);
        reject(error);
      }
      waiting.clear();
    },
  };
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
